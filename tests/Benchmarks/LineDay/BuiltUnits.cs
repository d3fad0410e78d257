using System.Collections.Concurrent;

namespace ProvisioningStation.Benchmarks.LineDay;

/// <summary>What passed: which unit on which board, and how long its line waited for the verdict.</summary>
internal sealed class BuiltUnits
{
    private readonly ConcurrentQueue<double> _milliseconds = new();
    private readonly ConcurrentDictionary<string, string> _boards = new(StringComparer.Ordinal);

    private int _again;

    public IReadOnlyList<double> Milliseconds => [.. _milliseconds];

    /// <summary>The directory of each unit's board.</summary>
    public IReadOnlyDictionary<string, string> Boards => _boards;

    /// <summary>Scans beyond one for each unit.</summary>
    public int Again => _again;

    public void Add(string machineNumber, string board, double milliseconds, int again)
    {
        if (!_boards.TryAdd(machineNumber, board))
            throw new InvalidOperationException($"{machineNumber} was built twice.");
        _milliseconds.Enqueue(milliseconds);
        Interlocked.Add(ref _again, again);
    }
}

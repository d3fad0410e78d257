using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Factory.Lines;

/// <summary>
/// Where the simulated workers get their products: the units of the terminal's store that are not written yet, models in turn, each handed out once.
/// In direct mode the units are only planned, and that is enough.
/// </summary>
public sealed class UnitSource(OperatorClient terminal) : IDisposable
{
    private const int PageSize = 200;

    private readonly SemaphoreSlim _lock = new(1, 1);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Queue<string> _waiting = new();

    /// <summary>Says that a unit is in somebody's hands already.</summary>
    public void Reserve(string machineNumber) => _taken.Add(machineNumber);

    /// <summary>The next product to be built, or null where today's plan has no more.</summary>
    public async Task<string?> FindNextAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken);
        try
        {
            if (_waiting.Count == 0)
                await RefillAsync(cancellationToken);
            return _waiting.TryDequeue(out var next) ? next : null;
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private async Task RefillAsync(CancellationToken cancellationToken)
    {
        var today = await terminal.GetTodayAsync(cancellationToken);
        var byModel = new List<List<string>>();
        foreach (var model in today.Models.Where(model => model.Planned > 0))
            byModel.Add(await FindAsync(ModelCode.Parse(model.Model), cancellationToken));
        for (var i = 0; i < PageSize; i++)
        {
            foreach (var numbers in byModel.Where(numbers => i < numbers.Count))
            {
                if (_taken.Add(numbers[i]))
                    _waiting.Enqueue(numbers[i]);
            }
        }
    }

    private async Task<List<string>> FindAsync(ModelCode model, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var state in new[] { UnitState.Stored, UnitState.Planned })
        {
            string? after = null;
            while (found.Count < PageSize)
            {
                var page = await terminal.GetUnitsAsync(state, model, after, PageSize, cancellationToken);
                found.AddRange(page.Select(unit => unit.MachineNumber).Where(number => !_taken.Contains(number)));
                if (page.Count < PageSize)
                    break;
                after = page[^1].MachineNumber;
            }
        }

        return found;
    }
}

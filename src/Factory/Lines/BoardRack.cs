using System.Globalization;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Factory.Lines;

/// <summary>The stock of boards: each new one gets the next number, and its directory is its memory.</summary>
public sealed class BoardRack(FactoryLayout layout)
{
    private readonly Lock _lock = new();

    /// <summary>Takes a board that nobody has touched.</summary>
    public int TakeNew()
    {
        lock (_lock)
        {
            var boards = DataDirectory.Open(layout.Root.Resolve("boards")).Path;
            var last = Directory.EnumerateDirectories(boards)
                .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
                .DefaultIfEmpty(0)
                .Max();
            DataDirectory.Open(layout.Board(last + 1));
            return last + 1;
        }
    }
}

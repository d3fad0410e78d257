using ProvisioningStation.Factory;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>The machine numbers to build.</summary>
internal static class UnitQueue
{
    private const int Page = 200;

    /// <summary>Waits for the batch and reads <paramref name="wanted"/> numbers from the terminal's store.</summary>
    public static async Task<Queue<string>> ReadAsync(FactoryFloor floor, int wanted, CancellationToken cancellationToken)
    {
        var terminal = floor.Terminal.Client;
        while (true)
        {
            var day = await terminal.GetTodayAsync(cancellationToken);
            if (day.Models.Sum(model => model.Planned) > 0 && day.Models.Sum(model => model.Issued) == day.Models.Sum(model => model.Planned))
                break;
            await Task.Delay(100, cancellationToken);
        }

        var numbers = new Queue<string>();
        string? after = null;
        while (numbers.Count < wanted)
        {
            foreach (var unit in await terminal.GetUnitsAsync(UnitState.Stored, null, after, Page, cancellationToken))
                numbers.Enqueue(after = unit.MachineNumber);
        }

        return numbers;
    }
}

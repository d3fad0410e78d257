using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>What the station did and what it was about to do, in its own small database.</summary>
internal static class JournalFeature
{
    /// <summary>Registers it.</summary>
    public static void AddJournal(this WebApplicationBuilder builder, DataDirectory data)
    {
        // What is true is asked of board and terminal; most of the journal has to survive this program's end, not a power cut, and ten waits for the disk less are felt by the worker.
        // The rows that nobody else knows are recorded with RecordDurablyAsync.
        builder.Services.AddSingleton(_ => new Database(data.Resolve("line-station.db"), typeof(LineStationApp).Assembly, Durability.Kill));
        builder.Services.AddSingleton<LineJournal>();
        builder.Services.AddSingleton<Outbox>();
    }
}

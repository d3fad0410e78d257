using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Where scans come from: the scanner, and numbers typed at the terminal. All of them end in one queue, in the order they were made (P-14).</summary>
internal static class ScanningFeature
{
    private const int LongestQueue = 64;

    /// <summary>Registers it.</summary>
    public static void AddScanning(this WebApplicationBuilder builder)
    {
        var scans = Channel.CreateBounded<Scan>(new BoundedChannelOptions(LongestQueue) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        builder.Services.AddSingleton(Settings.Read<ScannerOptions>(builder.Configuration, "Scanner"));
        builder.Services.AddSingleton(scans.Reader).AddSingleton(scans.Writer);
        builder.Services.AddSingleton<MonotonicClock>();
        builder.Services.AddHostedService<SerialScanner>();
        builder.Services.AddHostedService<TypedScanPoll>();
    }
}

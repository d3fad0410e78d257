using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Where scans come from: the scanner, the kiosk page, and numbers typed at the station or at the terminal. All of them end in one queue, in the order they were made (P-14).</summary>
internal static class ScanningFeature
{
    /// <summary>Registers it.</summary>
    public static void AddScanning(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<ScannerOptions>(builder.Configuration, "Scanner"));
        builder.Services.AddSingleton(Settings.Read<WorkersOptions>(builder.Configuration, "Workers"));
        builder.Services.AddSingleton<MonotonicClock>();
        builder.Services.AddSingleton<ScanQueue>();
        builder.Services.AddSingleton(services => services.GetRequiredService<ScanQueue>().Reader);
        builder.Services.AddSingleton(services => services.GetRequiredService<ScanQueue>().Writer);
        builder.Services.AddSingleton<WedgeInput>();
        builder.Services.AddSingleton<TypedInput>();
        builder.Services.AddHostedService<SerialScanner>();
        builder.Services.AddHostedService<TypedScanPoll>();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning.Feedback;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Where scans come from: the scanner, the kiosk page, and numbers typed at the station or at the terminal. All of them end in one queue, in the order they were made (P-14).</summary>
internal static class ScanningFeature
{
    /// <summary>Registers it.</summary>
    public static void AddScanning(this WebApplicationBuilder builder)
    {
        var scanner = Settings.Read<ScannerOptions>(builder.Configuration, "Scanner");
        builder.Services.AddSingleton(scanner);
        builder.Services.AddSingleton(Settings.Read<WorkersOptions>(builder.Configuration, "Workers"));
        builder.Services.AddSingleton(Settings.Read<FeedbackOptions>(builder.Configuration, "Feedback"));
        builder.Services.AddSingleton<FeedbackCommands>();
        builder.Services.AddSingleton<SystemSound>();
        builder.Services.AddSingleton<MonotonicClock>();
        builder.Services.AddSingleton<ScanQueue>();
        builder.Services.AddSingleton(services => services.GetRequiredService<ScanQueue>().Reader);
        builder.Services.AddSingleton(services => services.GetRequiredService<ScanQueue>().Writer);
        builder.Services.AddSingleton<WedgeInput>();
        builder.Services.AddSingleton<TypedInput>();
        if (scanner.Transport != ScannerTransportKind.None)
        {
            builder.Services.AddSingleton<IScannerTransport>(services => scanner.Transport switch
            {
                ScannerTransportKind.Tcp => new TcpTransport(scanner),
                ScannerTransportKind.TcpListen => new TcpListenTransport(scanner),
                _ => new SerialTransport(scanner, services.GetRequiredService<DataDirectory>()),
            });
            builder.Services.AddSingleton<ScannerReader>().AddHostedService(services => services.GetRequiredService<ScannerReader>());
        }

        builder.Services.AddHostedService<TypedScanPoll>();
        builder.Services.AddHostedService<ScannerFeedback>();
    }
}

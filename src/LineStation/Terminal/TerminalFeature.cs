using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.Terminal;

/// <summary>The way to the communication terminal.</summary>
internal static class TerminalFeature
{
    /// <summary>Registers it.</summary>
    public static void AddTerminal(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<TerminalOptions>(builder.Configuration, "Terminal"));
        builder.Services.AddSingleton<TerminalClient>();
        builder.Services.AddSingleton<ReportDelivery>();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.Printing;

/// <summary>Check sheets that are printed at the line.</summary>
internal static class PrintingFeature
{
    /// <summary>Registers it.</summary>
    /// <exception cref="ConfigurationException">The line prints, and there is no printer.</exception>
    public static void AddPrinting(this WebApplicationBuilder builder, LineOptions line)
    {
        var printer = Settings.Read<PrinterOptions>(builder.Configuration, "Printer");
        builder.Services.AddSingleton(printer);
        builder.Services.AddSingleton<CheckSheetOrders>();
        builder.Services.AddSingleton<CheckSheetPrinter>();
        builder.Services.AddSingleton<CheckSheetJob>();
        if (!line.Does(LineStep.PrintCheckSheet))
            return;
        if (!printer.IsThere)
            throw new ConfigurationException("Line:Steps has PrintCheckSheet, but there is no printer. Name one with Printer:Folder or Printer:Address, or take the step out.");
        builder.Services.AddHostedService(services => services.GetRequiredService<CheckSheetJob>());
    }
}

using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Api;
using ProvisioningStation.LineStation.BoardWriting;
using ProvisioningStation.LineStation.FirmwareUpdating;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.KioskUi;
using ProvisioningStation.LineStation.Printing;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.LineStation.Workers;

namespace ProvisioningStation.LineStation;

/// <summary>One line's station: scanner in, board on the cable, terminal behind, and a small interface for who watches the line.</summary>
public static class LineStationApp
{
    /// <summary>Builds it.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var line = Settings.Read<LineOptions>(builder.Configuration, "Line");
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var data = builder.Services.Select(service => service.ImplementationInstance).OfType<DataDirectory>().Single();
        builder.AddJournal(data);
        builder.AddWorkers();
        builder.AddTerminal();
        builder.AddBoardWriting();
        builder.AddFirmwareUpdating(line, data);
        builder.AddScanning();
        builder.AddPrinting(line); // behind the line's worker, which opens the journal
        builder.AddKiosk(); // behind the line's worker, which opens the journal
        var identity = TlsIdentity.Load(tls, data); // behind all settings: a wrong one is said before a missing certificate
        RefuseOtherLine(identity, line);

        builder.Services.AddSingleton(line);
        builder.Services.AddSingleton(_ => identity);
        builder.Services.AddSingleton(_ => KeyProtection.Load(data.Resolve(tls.WrappingKey)));
        builder.ListenWithMutualTls(identity, listen);
        var app = builder.Build();
        app.UseProblemDocuments();
        app.MapKiosk();
        app.MapEvents(line);
        app.MapHealth();
        return app;
    }

    private static void RefuseOtherLine(TlsIdentity identity, LineOptions line)
    {
        var name = identity.Context.TargetCertificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (name != line.Name)
            throw new ConfigurationException($"Line:Name is '{line.Name}', but this station's certificate is line {name}'s. Correct Line:Name, or run the CA's set-up for this line.");
    }
}

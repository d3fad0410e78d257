using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Api;
using ProvisioningStation.LineStation.BoardWriting;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.LineStation.Terminal;

namespace ProvisioningStation.LineStation;

/// <summary>One line's station: scanner in, board on the cable, terminal behind, and a small interface for who watches the line.</summary>
public static class LineStationApp
{
    private const int LongestQueue = 64;

    /// <summary>Builds it.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var line = Settings.Read<LineOptions>(builder.Configuration, "Line");
        var boardLine = Settings.Read<BoardLineOptions>(builder.Configuration, "BoardLine");
        var scanner = Settings.Read<ScannerOptions>(builder.Configuration, "Scanner");
        var board = Settings.Read<BoardCableOptions>(builder.Configuration, "Board");
        var terminal = Settings.Read<TerminalOptions>(builder.Configuration, "Terminal");
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var data = builder.Services.Select(service => service.ImplementationInstance).OfType<DataDirectory>().Single();
        var identity = TlsIdentity.Load(tls, data);
        RefuseOtherLine(identity, line);

        var scans = Channel.CreateBounded<Scan>(new BoundedChannelOptions(LongestQueue) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        builder.Services.AddSingleton(line).AddSingleton(boardLine).AddSingleton(scanner).AddSingleton(board).AddSingleton(terminal);
        builder.Services.AddSingleton(_ => identity);
        builder.Services.AddSingleton(_ => KeyProtection.Load(data.Resolve(tls.WrappingKey)));
        // What is true is asked of board and terminal; the journal has to survive this program's end, not a power cut, and ten waits for the disk less are felt by the worker.
        builder.Services.AddSingleton(_ => new Database(data.Resolve("line-station.db"), typeof(LineStationApp).Assembly, Durability.Kill));
        builder.Services.AddSingleton(scans.Reader).AddSingleton(scans.Writer);
        builder.Services.AddSingleton<MonotonicClock>();
        builder.Services.AddSingleton<LineJournal>();
        builder.Services.AddSingleton<TerminalClient>();
        builder.Services.AddSingleton<BoardCable>();
        builder.Services.AddSingleton<ResultPolling>();
        builder.Services.AddSingleton<CommonCertificate>();
        builder.Services.AddSingleton<CommonCertificateWriter>();
        builder.Services.AddSingleton<CableWatch>();
        builder.Services.AddSingleton<UnitWriter>();
        builder.Services.AddHostedService<LineWorker>();
        builder.Services.AddHostedService<SerialScanner>();
        builder.Services.AddHostedService<TypedScanPoll>();
        builder.ListenWithMutualTls(identity, listen);
        var app = builder.Build();
        app.UseProblemDocuments();
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

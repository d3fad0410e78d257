using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>The real station program in this process; scans are put where its scanner puts them.</summary>
internal sealed class RunningStation : IAsyncDisposable
{
    /// <summary>What a board on a real cable has a second or three for can take longer where a machine has more to do than it can; a test that is about these limits names its own.</summary>
    private static readonly string[] Patience = ["--Board:ConnectTimeout=00:00:20", "--Board:Timeout=00:00:20"];

    private readonly WebApplication _app;
    private long _seen;

    private RunningStation(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(address => address.StartsWith("https:", StringComparison.Ordinal)));

    /// <summary>The kiosk's listener, where the line has one.</summary>
    public Uri Kiosk => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(address => address.StartsWith("http:", StringComparison.Ordinal)));

    /// <summary>What the station says is wrong, by condition.</summary>
    public IReadOnlyDictionary<string, string> Problems => _app.Services.GetRequiredService<HealthState>().Problems;

    public LineJournal Journal => _app.Services.GetRequiredService<LineJournal>();

    public static async Task<RunningStation> StartAsync(TestPki pki, string directory, Uri board, Uri terminal, params string[] more)
    {
        if (!File.Exists(Path.Combine(directory, "tls.pem")))
            pki.WritePart(directory, Role.LineStation, "1001");
        var app = LineStationApp.Build(
        [
            "--data", directory, "--Line:Name=1001", "--Listen:Port=0",
            $"--Board:Address={board}", $"--Terminal:Address={terminal}",
            "--Board:WatchInterval=00:00:00.100", .. Patience.Where(option => !Array.Exists(more, given => given.StartsWith(option[..(option.IndexOf('=', StringComparison.Ordinal) + 1)], StringComparison.Ordinal))), .. more,
        ]);
        await app.StartAsync(CancellationToken.None);
        var station = new RunningStation(app);
        station._seen = (await station.Journal.GetAfterAsync(0, TimeSpan.Zero, default)) is [.., var last] ? last.Sequence : 0;
        return station;
    }

    /// <summary>Scans and waits for the verdict.</summary>
    public Task<StationEvent> ScanAsync(string text, ScanKind kind = ScanKind.Code)
    {
        Scan(text, kind);
        return VerdictAsync();
    }

    /// <summary>Scans.</summary>
    public void Scan(string text, ScanKind kind = ScanKind.Code)
    {
        var clock = _app.Services.GetRequiredService<MonotonicClock>();
        Assert.True(_app.Services.GetRequiredService<ChannelWriter<Scan>>().TryWrite(new Scan(kind, text, clock.Now)));
    }

    /// <summary>The next verdict.</summary>
    public Task<StationEvent> VerdictAsync() => NextAsync(happened => happened.Step == StationStep.Done);

    /// <summary>The next event that fits.</summary>
    public async Task<StationEvent> NextAsync(Func<StationEvent, bool> fits)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            foreach (var happened in await Journal.GetAfterAsync(_seen, TimeSpan.FromSeconds(20), limit.Token))
            {
                _seen = happened.Sequence;
                if (fits(happened))
                    return happened;
            }

            limit.Token.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}

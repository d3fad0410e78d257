using Microsoft.Playwright;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Browser;

/// <summary>A whole factory, and the browser that stands at its first line.</summary>
[CollectionDefinition(Kiosk)]
public sealed class FactoryWithKiosk : IAsyncLifetime, ICollectionFixture<FactoryWithKiosk>
{
    /// <summary>The tests that stand at this one line, one after the other.</summary>
    public const string Kiosk = "kiosk";

    private readonly Queue<string> _numbers = new();
    private IDisposable? _interfaces;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public TestFactory Factory { get; private set; } = null!;

    public FloorLine Line => Factory.Line;

    private Uri Address => Line.Configuration.Kiosk!;

    public async Task InitializeAsync()
    {
        if (Chromium.FindReasonToSkip(needsAxe: false) is not null)
            return;
        _interfaces = await NetworkInterfaces.KeepAsync();
        Factory = await TestFactory.StartAsync(Configure);
        foreach (var unit in await Factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 30, CancellationToken.None))
            _numbers.Enqueue(unit.MachineNumber);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (Factory is not null)
            await Factory.DisposeAsync();
        _interfaces?.Dispose();
    }

    /// <summary>A unit in store that no test has had yet.</summary>
    public string NextUnit() => _numbers.Dequeue();

    /// <summary>The number of the line's last event.</summary>
    public Task<long> FindLastEventAsync() => Line.Station.Client.FindLastEventAsync(CancellationToken.None);

    /// <summary>What happened at the line behind an event.</summary>
    public Task<IReadOnlyList<StationEvent>> GetEventsAsync(long sequence) => Line.Station.Client.GetEventsAsync(sequence, TimeSpan.Zero, CancellationToken.None);

    /// <summary>Starts the line's station again and waits until it answers.</summary>
    public async Task RestartStationAsync()
    {
        await Line.Station.RestartAsync();
        await Line.Station.WaitUntilHealthyAsync(CancellationToken.None);
    }

    /// <summary>Scans a unit and lets its write begin and not end until the result is disposed: the board stands still. Before, while its certificate is fetched, so does the terminal.</summary>
    public async Task<IAsyncDisposable> HoldTheWriteAsync(string unit, Func<Task>? whileItIsFetched = null)
    {
        await using var terminal = await Standstill.OfAsync(Factory.Floor.Terminal.Process!);
        var before = await FindLastEventAsync();
        Line.Scanner.Scan(unit);
        await Wait.UntilAsync("the fetch", async () => (await GetEventsAsync(before)).Any(happened => happened.Step == StationStep.Fetch && happened.MachineNumber == unit));
        if (whileItIsFetched is not null)
            await whileItIsFetched();
        return await Standstill.OfAsync(Line.Slot.Board!);
    }

    /// <summary>A browser of its own that shows the line's kiosk.</summary>
    public async Task<KioskWindow> OpenAsync(string language, int width = 1920, int height = 1080)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { BaseURL = Address.ToString(), Locale = language, ViewportSize = new ViewportSize { Width = width, Height = height } });
        return await KioskWindow.OpenAsync(context, language);
    }

    /// <summary>Takes the board off the cable, where one is there, and connects one that nobody has touched, with the common certificate.</summary>
    public async Task ConnectNewBoardAsync()
    {
        await Line.Slot.RemoveAsync();
        await Line.Slot.ConnectAsync(CancellationToken.None);
        var common = Path.Combine(Line.Slot.Directory, "nvram", "common-certificate", "certificate.pem");
        await Wait.UntilAsync("the common certificate", () => Task.FromResult(File.Exists(common)));
    }

    /// <summary>Boards as slow as real ones: each write can be watched. The station waits for whoever stands still.</summary>
    private static string Configure(string file, string text) => file switch
    {
        "board.json" => text.Replace("00:00:00.300", "00:00:01.500", StringComparison.Ordinal),
        "line-1001.json" => text
            .Replace("\"Terminal\": { ", "\"Terminal\": { \"ConnectTimeout\": \"00:02:00\", \"Timeout\": \"00:02:00\", ", StringComparison.Ordinal)
            .Replace("\"Board\": { ", "\"Board\": { \"ConnectTimeout\": \"00:02:00\", \"Timeout\": \"00:02:00\", ", StringComparison.Ordinal),
        _ => text,
    };
}

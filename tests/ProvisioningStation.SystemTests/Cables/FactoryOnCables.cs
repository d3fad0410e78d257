using ProvisioningStation.Factory.Cables;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>A running factory whose cross cables are network namespaces, and the hand that unplugs them. What a test leaves unplugged or crossed is put right behind it.</summary>
public sealed class FactoryOnCables : IAsyncLifetime
{
    private bool _crossed;
    private IDisposable? _interfaces;

    public TestFactory Factory { get; private set; } = null!;

    private IReadOnlyList<CrossCable> Cables => Factory.Cables!.Cables;

    public async Task InitializeAsync()
    {
        if (FactAsRootAttribute.FindMissing("ip") is not null)
            return;
        _interfaces = await NetworkInterfaces.ChangeAsync();
        Factory = await TestFactory.StartAsync(Configure, lines: 2, namespaces: true);
        foreach (var cable in Cables) // a board keeps its address while its port is away
            await IpAsync("-n", cable.Namespace, "address", "add", CrossCable.BoardAddress + "/32", "dev", "lo");
    }

    public async Task DisposeAsync()
    {
        if (Factory is not null)
            await Factory.DisposeAsync();
        _interfaces?.Dispose();
    }

    /// <summary>Unplugs the cable of the first line at the board's end, and waits until the station's end has lost its link.</summary>
    public async Task UnplugAsync()
    {
        await SetAsync(0, "down");
        await Wait.UntilAsync("the link to be lost", async () => (await IpAsync("-o", "link", "show", "dev", Cables[0].Interface)).Contains("NO-CARRIER", StringComparison.Ordinal));
    }

    /// <summary>Plugs it in again.</summary>
    public Task PlugInAsync() => SetAsync(0, "up");

    /// <summary>Exchanges the boards at the ends of the first two lines' cables, each with the hardware address of its own.</summary>
    public async Task ExchangeAsync()
    {
        await SetAsync(0, "down");
        await SetAsync(1, "down");
        for (var from = 0; from < 2; from++)
        {
            await IpAsync("-n", Cables[from].Namespace, "link", "set", "dev", CrossCable.BoardInterface, "name", $"cable{from}");
            await IpAsync("-n", Cables[from].Namespace, "link", "set", "dev", $"cable{from}", "netns", Cables[1 - from].Namespace);
        }

        for (var to = 0; to < 2; to++)
        {
            await IpAsync("-n", Cables[to].Namespace, "link", "set", "dev", $"cable{1 - to}", "name", CrossCable.BoardInterface, "address", $"02:00:5e:00:53:0{to}");
            await IpAsync("-n", Cables[to].Namespace, "address", "add", CrossCable.BoardAddress + "/24", "dev", CrossCable.BoardInterface);
            await SetAsync(to, "up");
        }

        _crossed = !_crossed;
    }

    /// <summary>A cable in place of the first line's whose frames the test has in its hands.</summary>
    public Task<BadCable> MakeBadAsync(int seed) => BadCable.ReplaceAsync(Cables[0], seed);

    /// <summary>Every board is on its own line's cable again.</summary>
    public async Task PutRightAsync()
    {
        if (Factory is null)
            return;
        if (_crossed)
            await ExchangeAsync();
        await PlugInAsync();
    }

    /// <summary>A handshake over a bad cable takes most of the second that one has as shipped; here the machine does other things too.</summary>
    private static string Configure(string file, string text) => TestFactory.QuickBoards(file, file.StartsWith("line-", StringComparison.Ordinal)
        ? text.Replace("\"Board\": { ", "\"Board\": { \"ConnectTimeout\": \"00:00:03\", ", StringComparison.Ordinal)
        : text);

    private Task SetAsync(int board, string state) => IpAsync("-n", Cables[board].Namespace, "link", "set", "dev", CrossCable.BoardInterface, state);

    private static Task<string> IpAsync(params string[] arguments) => Tool.RunOkAsync("ip", arguments);
}

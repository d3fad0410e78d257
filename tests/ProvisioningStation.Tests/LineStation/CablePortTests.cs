using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>The station's write interface on a network port of its own: the port that every machine has (<c>lo</c>), and ports that are not there.</summary>
public sealed class CablePortTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private readonly TestPki _pki = new();
    private readonly TemporaryDirectory _directory = new();
    private TerminalStandIn _terminal = null!;
    private RunningBoard _board = null!;

    public async Task InitializeAsync()
    {
        _terminal = await TerminalStandIn.StartAsync(_pki, Make("terminal"));
        _board = await RunningBoard.StartAsync(Make("board"));
    }

    public async Task DisposeAsync()
    {
        await _board.DisposeAsync();
        await _terminal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task NetworkPortOfItsOwn_EndsProved()
    {
        await using var station = await StartAsync("--Board:Interface=lo", "--Board:LocalAddress=127.0.0.9");
        Assert.Equal(Verdict.Pass, (await station.ScanAsync(Number)).Verdict);
    }

    [Fact]
    public async Task NetworkPortThatIsNotThere_IsSaidAtTheScanAndInTheHealth_WithThoseThatAre()
    {
        await using var station = await StartAsync("--Board:Interface=eth99");
        var verdict = await station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
        Assert.StartsWith("There is no network interface 'eth99' on this machine; there are: ", verdict.Message, StringComparison.Ordinal);
        Assert.Contains("lo", verdict.Message, StringComparison.Ordinal);
        Assert.StartsWith((await HealthAsync(station)).Problems["cable"], verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressOfAnotherMachine_IsSaid()
    {
        await using var station = await StartAsync("--Board:Interface=lo", "--Board:LocalAddress=192.0.2.77");
        var verdict = await station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
        Assert.Contains("192.0.2.77 can't be used as the local address", verdict.Message, StringComparison.Ordinal);
        Assert.Contains("'lo' has: 127.0.0.1", verdict.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Interface", "a name that is too long", "https://127.0.0.1:7460", "the name of a network interface")]
    [InlineData("Interface", "../eth0", "https://127.0.0.1:7460", "the name of a network interface")]
    [InlineData("Interface", "eth1", "https://board.example:7460", "an IP address, not a name")]
    [InlineData("LocalAddress", "here", "https://127.0.0.1:7460", "one IP address of this machine")]
    [InlineData("LocalAddress", "0.0.0.0", "https://127.0.0.1:7460", "one IP address of this machine")]
    [InlineData("LocalAddress", "::1", "https://127.0.0.1:7460", "an IPv4 address")]
    public void BadValue_IsRefusedAtTheStart(string key, string value, string board, string said)
    {
        _pki.WritePart(Make("bad"), Role.LineStation, "1001");
        var refused = Assert.Throws<ConfigurationException>(() => LineStationApp.Build(
            ["--data", _directory["bad"], "--Line:Name=1001", "--Terminal:Address=https://127.0.0.1:1", $"--Board:Address={board}", $"--Board:{key}={value}"]));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    private Task<RunningStation> StartAsync(params string[] more) => RunningStation.StartAsync(_pki, Make("station"), _board.Address, _terminal.Address, more);

    private async Task<HealthAnswer> HealthAsync(RunningStation station)
    {
        _pki.WritePart(Make("operator"), Role.Operator, "operator");
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(_directory["operator"]));
        using var client = new OperatorClient(station.Address, identity, Role.LineStation);
        return (await client.FindHealthAsync(CancellationToken.None))!;
    }

    private string Make(string name) => Directory.CreateDirectory(_directory[name]).FullName;
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>The rule of the board's clock in real handshakes: an unset one judges nobody's validity, and everything else about a caller all the same.</summary>
public sealed class ClockInTlsTests : IAsyncLifetime
{
    private static readonly TestPki Pki = new();

    private readonly TemporaryDirectory _directory = new();
    private readonly SettableTime _time = new(DateTimeOffset.UtcNow);
    private BoardContent _content = null!;
    private WebApplication _board = null!;

    public async Task InitializeAsync()
    {
        _content = new BoardContent(new MemoryMap(new DataDirectory(_directory.Path)), new BoardOptions(), _time);
        _content.WriteCommon(Pki.CommonPack);
        var builder = ProgramHost.CreateBuilder(["--data", _directory.Path]);
        builder.ListenWithTls(_content.Terms, new ListenOptions { Port = 0 });
        _board = builder.Build();
        _board.MapGet("/", (HttpContext context) => context.GetPeer().ToString());
        await _board.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _board.StopAsync(CancellationToken.None);
        await _board.DisposeAsync();
        _content.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("1970-01-01", true)]
    [InlineData("2000-01-01", true)]
    [InlineData("now", true)]
    [InlineData("2099-01-01", false)] // ahead of every certificate: such a clock is believed
    public async Task Station_IsLetInByTheRuleOfTheClock(string clock, bool letIn)
    {
        Set(clock);
        using var station = Pki.Part(Role.LineStation, "1001");
        Assert.Equal(letIn, await IsLetInAsync(station));
    }

    [Theory]
    [InlineData("1970-01-01", true)]
    [InlineData("now", false)]
    public async Task StationWhoseCertificateHasExpired_IsLetInByAnUnsetClockOnly(string clock, bool letIn)
    {
        Set(clock);
        using var station = Pki.Part(Role.LineStation, "1001", DateTimeOffset.UtcNow.AddDays(-2));
        Assert.Equal(letIn, await IsLetInAsync(station));
    }

    [Fact]
    public async Task UnsetClock_LetsNoStrangerIn()
    {
        Set("1970-01-01");
        using var others = new TestPki();
        using var stranger = others.Part(Role.LineStation, "1001", trusting: Pki);
        Assert.False(await IsLetInAsync(stranger));
    }

    [Fact]
    public async Task ClockThatIsSetWhileTheBoardRuns_CountsFromTheNextHandshakeOn()
    {
        using var expired = Pki.Part(Role.LineStation, "1001", DateTimeOffset.UtcNow.AddDays(-2));
        Set("1970-01-01");
        Assert.True(await IsLetInAsync(expired));
        Set("now");
        Assert.False(await IsLetInAsync(expired));
    }

    private void Set(string clock) => _time.Now = clock == "now" ? DateTimeOffset.UtcNow : DateTimeOffset.Parse(clock, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private async Task<bool> IsLetInAsync(TlsIdentity caller)
    {
        var address = _board.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var http = new HttpClient(caller.CreateHandler(peer => peer.Role == Role.Board, "the board")) { BaseAddress = new Uri(address) };
        try
        {
            Assert.Contains("1001", await http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

using System.Net.Sockets;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>The one-time password as stations and gateways share and erase it: over mutual TLS.</summary>
public sealed class UpdatePasswordSoapTests : IAsyncLifetime
{
    private const string Secret = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string EraseSecret = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private readonly TestPki _pki = TestPki.Shared;
    private readonly TemporaryDirectory _directory = new();
    private RunningBoard _board = null!;

    public async Task InitializeAsync()
    {
        await using (var blank = await RunningBoard.StartAsync(_directory.Path))
        {
            var cable = blank.Client(null);
            await cable.WriteCommonAsync(_pki.CommonPack);
            await cable.ResultAsync();
        }

        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _board.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(Role.Gateway)]
    [InlineData(Role.LineStation)]
    public async Task Stored_TheAnswerFindsThePortOpen_Overwritten_TheAnswerFindsItClosed(Role role)
    {
        var peer = _board.Client(_pki.Part(role, "peer"));
        await StoreAsync(peer, Secret);
        var address = _board.Service<FtpServer>().EndPoint!;
        using (var talk = await FtpTalk.LogInAsync(address, "peer", Secret))
            Assert.Equal("1.0.0\n"u8.ToArray(), (await talk.FetchAsync("RETR version.txt")).Content);
        await StoreAsync(peer, EraseSecret);
        Assert.Null(_board.Service<FtpServer>().EndPoint);
        await Assert.ThrowsAsync<SocketException>(() => FtpTalk.OpenAsync(address));
        await StoreAsync(peer, EraseSecret); // as where the answer was lost
        Assert.Null(_board.Service<FtpServer>().EndPoint);
    }

    [Fact]
    public async Task Forbidden_TheAnswerFindsThePortClosed_AndTheSessionEnds()
    {
        var peer = _board.Client(_pki.Part(Role.Gateway, "site-1"));
        await StoreAsync(peer, Secret);
        using var talk = await FtpTalk.LogInAsync(_board.Service<FtpServer>().EndPoint!, "peer", Secret);
        await ForbidAsync(peer);
        Assert.Null(_board.Service<FtpServer>().EndPoint);
        Assert.StartsWith("421 ", await talk.EndAsync(), StringComparison.Ordinal);
        await ForbidAsync(peer);
    }

    [Fact]
    public async Task Armed_IsArmedAgainBehindAStart()
    {
        await StoreAsync(_board.Client(_pki.Part(Role.Gateway, "site-1")), Secret);
        await _board.DisposeAsync();
        await StartAsync();
        using var talk = await FtpTalk.LogInAsync(_board.Service<FtpServer>().EndPoint!, "peer", Secret);
        await talk.ExpectAsync(221, "QUIT");
    }

    [Fact]
    public async Task OtherGateway_WhileArmed_IsAConflict()
    {
        await StoreAsync(_board.Client(_pki.Part(Role.Gateway, "site-1")), Secret);
        var other = _board.Client(_pki.Part(Role.Gateway, "site-2"));
        await RefusedAsync(ErrorCode.Conflict, StoreAsync(other, EraseSecret));
        await RefusedAsync(ErrorCode.Conflict, ForbidAsync(other));
        Assert.NotNull(_board.Service<FtpServer>().EndPoint);
    }

    [Fact]
    public async Task WhoIsNoUpdatingSide_StoresAndForbidsNothing()
    {
        foreach (var identity in (TlsIdentity[])[_pki.Common(), _pki.Device("3012-100001"), _pki.Part(Role.Operator, "operator"), _pki.Part(Role.CommunicationTerminal, "terminal")])
        {
            await RefusedAsync(ErrorCode.NotAuthorized, StoreAsync(_board.Client(identity), Secret));
            await RefusedAsync(ErrorCode.NotAuthorized, ForbidAsync(_board.Client(identity)));
        }

        Assert.Null(_board.Service<FtpServer>().EndPoint);
    }

    [Fact]
    public async Task BlankBoard_TakesNoPassword()
    {
        using var directory = new TemporaryDirectory();
        await using var blank = await RunningBoard.StartAsync(directory.Path);
        await RefusedAsync(ErrorCode.NotAuthorized, StoreAsync(blank.Client(null), Secret));
    }

    [Fact]
    public async Task PortThatIsTaken_IsAFaultThatSaysSo_AndTheNextCallOpensIt()
    {
        await _board.DisposeAsync();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("127.0.0.1"), FreePort.Find()));
        taken.Listen();
        var port = ((System.Net.IPEndPoint)taken.LocalEndPoint!).Port;
        await StartAsync(port);
        var peer = _board.Client(_pki.Part(Role.Gateway, "site-1"));
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => StoreAsync(peer, Secret));
        Assert.Contains("Ftp:Port", refused.Message, StringComparison.Ordinal);
        taken.Dispose();
        await StoreAsync(peer, Secret);
        using var talk = await FtpTalk.LogInAsync(_board.Service<FtpServer>().EndPoint!, "peer", Secret);
        await talk.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public async Task Gateway_LearnsWhoTheBoardIs() =>
        Assert.Equal(BoardState.Common, (await _board.Client(_pki.Part(Role.Gateway, "site-1")).LookAsync()).State);

    private static Task StoreAsync(SoapClient board, string password) =>
        board.CallAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(new("peer", password), default);

    private static Task ForbidAsync(SoapClient board) =>
        board.CallAsync<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(new("peer"), default);

    private static async Task RefusedAsync(ErrorCode code, Task call) => Assert.Equal(code, (await Assert.ThrowsAsync<ProvisioningException>(() => call)).Code);

    private async Task StartAsync(int port = 0) => _board = await RunningBoard.StartAsync(_directory.Path, options: [$"--Ftp:Port={port}", "--Ftp:PassivePorts=0"]);
}

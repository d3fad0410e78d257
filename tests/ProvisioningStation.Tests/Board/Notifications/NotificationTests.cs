using System.Net.Sockets;
using System.Text;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Board.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Notifications;

/// <summary>What a board tells its gateway by itself, and the passwords that it makes (U-8, U-13, U-14, U-16).</summary>
public sealed class NotificationTests : IAsyncLifetime
{
    private const string Number = "3012-100001";
    private static readonly TestPki Pki = TestPki.Shared;

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.Find();
    private FakeGateway? _gateway;
    private RunningBoard? _board;

    public async Task InitializeAsync()
    {
        using var content = new BoardContent(Map, new(), TimeProvider.System);
        content.WriteCommon(Pki.CommonPack);
        content.WriteOwn(Pki.DevicePack(Number));
        content.InitializeParameters(MachineNumber.Parse(Number));
        _gateway = await FakeGateway.StartAsync(Pki, _port);
    }

    public async Task DisposeAsync()
    {
        if (_board is not null)
            await _board.DisposeAsync();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        _directory.Dispose();
    }

    private MemoryMap Map => new(new DataDirectory(_directory.Path));

    [Fact]
    public async Task EveryStart_IsTold()
    {
        await StartAsync();
        Assert.Equal($"on {Number} 1.0.0", await _gateway!.HearAsync("on "));
        await StartAsync();
        await _gateway.HearAsync("on ", 2);
    }

    [Fact]
    public async Task GatewayThatIsAwayAtTheStart_IsToldWhenItIsBack_AndTheBoardWorksMeanwhile()
    {
        await _gateway!.DisposeAsync();
        await StartAsync();
        Assert.Equal(BoardState.Initialized, (await _board!.Client(Pki.Part(Role.LineStation, "1001")).LookAsync()).State);
        _gateway = await FakeGateway.StartAsync(Pki, _port);
        await _gateway.HearAsync("on ");
    }

    [Theory]
    [InlineData(Role.LineStation)]
    [InlineData(Role.CertificateAuthority)]
    public async Task WhoIsNoGateway_IsToldNothing(Role role)
    {
        await _gateway!.DisposeAsync();
        _gateway = await FakeGateway.StartAsync(Pki, _port, role);
        Order("begin-update", string.Empty);
        await StartAsync();
        await UntilAsync(() => !File.Exists(_directory["simulate/begin-update"])); // given up: another certificate does not come by waiting
        Assert.Empty(_gateway.Heard);
    }

    [Fact]
    public async Task NewFirmware_IsToldOnlyAfterItsCommit()
    {
        var map = Map;
        Directory.CreateDirectory(map.BootLoader);
        TestImages.Shared.WriteKeys(map.FirmwareKeys);
        await File.WriteAllBytesAsync(new FirmwareSlots(map)[SlotName.B].Image, TestImages.Shared.Make(TestImages.Payload(10_000)));
        new BootRecord { Trial = SlotName.B, BootsLeft = 1 }.Write(map.Boot);
        await StartAsync();
        Assert.Equal($"on {Number} 2.0", await _gateway!.HearAsync("on "));
        Assert.Equal(SlotName.B, BootRecord.Read(map.Boot)!.Active);
    }

    [Fact]
    public async Task KeyAtTheControlPanel_AsksForAnUpdate_UntilTheGatewayHasTakenTheWish()
    {
        var busy = true;
        _gateway!.Refusal = () => busy ? new ProvisioningException(ErrorCode.StorageFull, "No room.") : null;
        Order("begin-update", string.Empty);
        await StartAsync();
        busy = false;
        await _gateway.HearAsync($"begin {Number}");
        await UntilAsync(() => !File.Exists(_directory["simulate/begin-update"]));
        Order("begin-update", string.Empty); // and once more
        await _gateway.HearAsync($"begin {Number}", 2);
    }

    [Fact]
    public async Task KeyAtTheControlPanel_WithoutAGateway_IsTakenBack()
    {
        Order("begin-update", string.Empty);
        await StartAsync(knowsGateway: false);
        await UntilAsync(() => !File.Exists(_directory["simulate/begin-update"]));
        Assert.Empty(_gateway!.Heard);
    }

    [Fact]
    public async Task PasswordThatTheBoardMakes_LetsTheGatewayIn_AndTheErasePasswordLetsNobodyIn()
    {
        await StartAsync();
        var gateway = _board!.Client(Pki.Part(Role.Gateway, "site-1"));
        await gateway.CallAsync<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(new("site-1"), default);
        var password = (await _gateway!.HearAsync("password site-1 ")).Split(' ')[2];
        Assert.Equal(32, password.Length);
        var address = _board.Service<FtpServer>().EndPoint!;
        using (var talk = await FtpTalk.LogInAsync(address, "site-1", password))
            await talk.ExpectAsync(221, "QUIT");

        await gateway.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(false, "1.0.0"), default);
        Assert.NotNull(_board.Service<FtpServer>().EndPoint); // after a failed one the password stays (U-12)
        await gateway.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(true, "2.0"), default);
        Assert.Null(_board.Service<FtpServer>().EndPoint);
        var erase = (await _gateway.HearAsync("password site-1 ", 2)).Split(' ')[2];
        Assert.NotEqual(password, erase);
        await Assert.ThrowsAsync<SocketException>(() => FtpTalk.OpenAsync(address));
        Assert.False(_board.Service<UpdatePassword>().TryLogIn("site-1", erase));
        var asErased = File.ReadAllBytes(Map.UpdatePassword);
        await gateway.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(true, "2.0"), default); // its answer got lost
        Assert.Null(_board.Service<FtpServer>().EndPoint);
        Assert.Equal(asErased, File.ReadAllBytes(Map.UpdatePassword)); // erased once is erased: no further password, and none that the gateway has to be told
        Assert.DoesNotContain(Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories), file => Encoding.ASCII.GetString(File.ReadAllBytes(file)) is var text && (text.Contains(password, StringComparison.Ordinal) || text.Contains(erase, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Result_IsShownAtTheControlPanel_UntilTheKeyIsPressedAgain()
    {
        await StartAsync(knowsGateway: false); // nothing to erase: nobody has to be told a password
        var gateway = _board!.Client(Pki.Part(Role.Gateway, "site-1"));
        foreach (var (succeeded, version, shown) in ((bool, string, string)[])[(true, "2.0", "succeeded 2.0"), (false, "1.0.0", "failed 1.0.0"), (false, string.Empty, "failed")])
        {
            await gateway.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(succeeded, version), default);
            Assert.Equal(shown + "\n", await File.ReadAllTextAsync(Map.UpdateResult));
        }

        Order("begin-update", string.Empty);
        await UntilAsync(() => !File.Exists(Map.BeginUpdate));
        Assert.False(File.Exists(Map.UpdateResult));
    }

    [Fact]
    public async Task ResultThatCannotBeShown_IsTakenAllTheSame()
    {
        Directory.CreateDirectory(Map.UpdateResult);
        await StartAsync(knowsGateway: false);
        await _board!.Client(Pki.Part(Role.Gateway, "site-1")).CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(false, "1.0.0"), default);
        Assert.Equal(BoardState.Initialized, (await _board!.Client(Pki.Part(Role.LineStation, "1001")).LookAsync()).State);
    }

    [Fact]
    public async Task PasswordThatAnotherGatewayAskedFor_IsNotToldToThisOne()
    {
        await StartAsync();
        await _gateway!.HearAsync("on ");
        await _board!.Client(Pki.Part(Role.Gateway, "site-2")).CallAsync<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(new("site-2"), default);
        Order("begin-update", string.Empty);
        await _gateway.HearAsync("begin "); // told later, and heard
        Assert.DoesNotContain(_gateway.Heard, line => line.StartsWith("password ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PasswordsOfItsOwn_AreForGatewaysAlone_AndNeedOneThatIsKnown()
    {
        await StartAsync(knowsGateway: false);
        foreach (var identity in (TlsIdentity[])[Pki.Part(Role.LineStation, "1001"), Pki.Part(Role.Operator, "operator"), Pki.Device("3012-100002"), Pki.Common()])
        {
            Assert.Equal(ErrorCode.NotAuthorized, await CodeAsync(identity, new CreateUpdatePasswordRequest("site-1")));
            Assert.Equal(ErrorCode.NotAuthorized, (await Assert.ThrowsAsync<ProvisioningException>(
                () => _board!.Client(identity).CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(true, "2.0"), default))).Code);
        }

        Assert.Equal(ErrorCode.NotSupported, await CodeAsync(Pki.Part(Role.Gateway, "site-1"), new CreateUpdatePasswordRequest("site-1")));
        Assert.Null(_board!.Service<FtpServer>().EndPoint);
    }

    /// <summary>The gateway takes what comes last for the one that holds.</summary>
    [Fact]
    public async Task PasswordThatIsReplacedBeforeTheGatewayHasHeardIt_IsNeverTold()
    {
        var busy = true;
        _gateway!.Refusal = () => busy ? new ProvisioningException(ErrorCode.StorageFull, "No room.") : null;
        await StartAsync();
        var gateway = _board!.Client(Pki.Part(Role.Gateway, "site-1"));
        await gateway.CallAsync<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(new("site-1"), default);
        await gateway.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(true, "2.0"), default);
        await gateway.CallAsync<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(new("site-1"), default);
        busy = false;
        var password = (await _gateway.HearAsync("password site-1 ")).Split(' ')[2];
        using (var talk = await FtpTalk.LogInAsync(_board.Service<FtpServer>().EndPoint!, "site-1", password))
            await talk.ExpectAsync(221, "QUIT");
        await gateway.CallAsync<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(new(true, "2.0"), default);
        await _gateway.HearAsync("password site-1 ", 2);
        Assert.Equal(2, _gateway.Heard.Count(line => line.StartsWith("password ", StringComparison.Ordinal)));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
            await Task.Delay(5);
    }

    private async Task<ErrorCode> CodeAsync(TlsIdentity identity, CreateUpdatePasswordRequest request) =>
        (await Assert.ThrowsAsync<ProvisioningException>(() => _board!.Client(identity).CallAsync<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(request, default))).Code;

    private void Order(string fault, string text)
    {
        Directory.CreateDirectory(_directory["simulate"]);
        File.WriteAllText(_directory[$"simulate/{fault}"], text);
    }

    private async Task StartAsync(bool knowsGateway = true)
    {
        if (_board is not null)
            await _board.DisposeAsync();
        _board = await RunningBoard.StartAsync(_directory.Path, options: ["--Ftp:Port=0", "--Ftp:PassivePorts=0", .. knowsGateway ? (string[])[$"--Gateway:Address=https://127.0.0.1:{_port}"] : []]);
    }
}

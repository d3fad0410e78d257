using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

public sealed class BoardEndpointTests : IDisposable
{
    private const string Number = "3012-100001";

    private readonly TestPki _pki = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task BlankBoard_AskedWithoutCertificate_SaysBlankAndTakesTheCommonCertificate()
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        var stranger = board.Client(null);

        Assert.Equal(BoardState.Blank, (await stranger.LookAsync()).State);
        await stranger.WriteCommonAsync(_pki.CommonPack);
        Assert.Equal(WriteState.Succeeded, (await stranger.ResultAsync()).State);
        await stranger.AcknowledgeAsync();

        var information = await board.Client(_pki.Part(Role.LineStation, "1001")).LookAsync();
        Assert.Equal(BoardState.Common, information.State);
        Assert.Equal(_pki.CommonPack.Fingerprint, information.CommonCertificateFingerprint);
        foreach (var place in new[] { "flash/common-certificate", "nvram/common-certificate" })
            Assert.True(File.Exists(_directory[$"{place}/certificate.pem"]), place);
    }

    [Fact]
    public async Task BlankBoard_AskedForMoreThanTheBoardLineNeeds_Refuses()
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        await RefusedAsync(ErrorCode.NotAuthorized, board.Client(null).WriteAsync(_pki.DevicePack(Number)));
        await RefusedAsync(ErrorCode.NotAuthorized, board.Client(null).InitializeAsync());
    }

    [Fact]
    public async Task BoardWithCommonCertificate_OtherCommonCertificate_Refuses_SameOneAgainIsFine()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(_pki.Part(Role.LineStation, "1001"));
        await RefusedAsync(ErrorCode.CommonCertificateExists, station.WriteCommonAsync(new TestPki().CommonPack));
        await station.WriteCommonAsync(_pki.CommonPack);
        Assert.Equal(WriteState.Succeeded, (await station.ResultAsync()).State);
    }

    [Fact]
    public async Task BoardWithCommonCertificate_StrangersAndTheirCertificates_GetNowhere()
    {
        await using var board = await CommonBoardAsync();
        var foreign = new TestPki();

        await RefusedAsync(ErrorCode.BoardUnavailable, board.Client(null).LookAsync()); // the handshake fails: no certificate
        var handler = foreign.Part(Role.LineStation, "1001").CreateHandler(_ => true, "the board");
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var stranger = new SoapClient(new HttpClient(handler) { BaseAddress = board.Address }, ErrorCode.BoardUnavailable);
        await RefusedAsync(ErrorCode.BoardUnavailable, stranger.LookAsync());
    }

    [Fact]
    public async Task CommonCertificateAsClient_Writing_IsRefused()
    {
        await using var board = await CommonBoardAsync();
        await RefusedAsync(ErrorCode.NotAuthorized, board.Client(_pki.Common()).WriteAsync(_pki.DevicePack(Number)));
        await RefusedAsync(ErrorCode.NotAuthorized, board.Client(_pki.Device(Number)).WriteAsync(_pki.DevicePack(Number)));
        await RefusedAsync(ErrorCode.NotAuthorized, board.Client(_pki.Part(Role.Operator, "operator")).WriteAsync(_pki.DevicePack(Number)));
        Assert.Equal(BoardState.Common, (await board.Client(_pki.Part(Role.Operator, "operator")).LookAsync()).State);
    }

    [Fact]
    public async Task UnitsPack_Written_IsPresentedAtTheNextHandshakeAndLiesInFlashAsPem()
    {
        await using var board = await CommonBoardAsync();
        using var identity = _pki.Part(Role.LineStation, "1001");
        var station = board.Client(identity);
        var pack = _pki.DevicePack(Number);
        await station.WriteAsync(pack);
        var result = await station.ResultAsync();
        Assert.Equal((WriteState.Succeeded, pack.Fingerprint), (result.State, result.CertificateFingerprint));
        await station.InitializeAsync();

        PeerIdentity? seen = null;
        using var http = new HttpClient(identity.CreateHandler(peer => (seen = peer) is not null, "the board")) { BaseAddress = board.Address };
        Assert.Equal("OK", (await http.GetAsync("health")).StatusCode.ToString());
        Assert.Equal(new PeerIdentity(Role.Device, Number, pack.Fingerprint), seen);

        using var leaf = X509Certificate2.CreateFromPem(File.ReadAllText(_directory["flash/certificate/certificate.pem"]));
        Assert.Equal(pack.ClientCertificate, leaf.RawData);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(_directory["secure-element/device.key"]) == DataDirectory.OwnerOnlyFile);
        Assert.Equal(Number, File.ReadLines(_directory["nvram/machine-number"]).First());
    }

    [Fact]
    public async Task InitializeParameters_Again_ChangesNothing()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(_pki.Part(Role.LineStation, "1001"));
        await RefusedAsync(ErrorCode.Conflict, station.InitializeAsync());
        await station.WriteAsync(_pki.DevicePack(Number));
        await station.ResultAsync();
        await station.InitializeAsync();
        File.WriteAllText(_directory["nvram/counters"], "copies=7\n");
        await station.InitializeAsync();
        Assert.Equal("copies=7\n", File.ReadAllText(_directory["nvram/counters"]));
        Assert.Equal(BoardState.Initialized, (await station.LookAsync()).State);
    }

    [Fact]
    public async Task PackOfAnotherNumberOrRoot_Refused()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(_pki.Part(Role.LineStation, "1001"));
        await RefusedAsync(ErrorCode.InvalidCertificatePack, station.WriteAsync(new TestPki().DevicePack(Number)));
        await RefusedAsync(ErrorCode.InvalidCertificatePack, station.WriteAsync(_pki.CommonPack));
        await station.WriteAsync(_pki.DevicePack(Number));
        await station.ResultAsync();
        await RefusedAsync(ErrorCode.WrongBoard, station.WriteAsync(_pki.DevicePack("3012-100002")));
    }

    [Fact]
    public async Task PackWithTheKeyOfAnother_Written_IsFoundAtReadBackAndChangesNothing()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(_pki.Part(Role.LineStation, "1001"));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await station.WriteAsync(_pki.DevicePack(Number) with { PrivateKey = other.ExportPkcs8PrivateKey() });
        Assert.Equal(WriteState.Failed, (await station.ResultAsync()).State);
        await station.WriteAsync(_pki.DevicePack("3012-100002") with { MachineNumber = MachineNumber.Parse(Number) });
        Assert.Equal(WriteState.Failed, (await station.ResultAsync()).State);
        Assert.Equal(BoardState.Common, (await station.LookAsync()).State);
    }

    [Fact]
    public async Task WhileWriting_OtherPackIsBusy_SamePackIsReceivedAgain_AcknowledgeIsTooEarly()
    {
        await using var board = await CommonBoardAsync(TimeSpan.FromMilliseconds(300));
        var station = board.Client(_pki.Part(Role.LineStation, "1001"));
        var pack = _pki.DevicePack(Number);
        await station.WriteAsync(pack);
        await RefusedAsync(ErrorCode.BoardBusy, station.WriteAsync(_pki.DevicePack(Number)));
        await RefusedAsync(ErrorCode.BoardBusy, station.AcknowledgeAsync());
        await station.WriteAsync(pack);
        Assert.Equal(WriteState.Succeeded, (await station.ResultAsync()).State);
    }

    [Fact]
    public async Task FlashThatSpoilsTheWrite_IsFoundAtReadBack_AndTheNextWriteIsGood()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(_pki.Part(Role.LineStation, "1001"));
        File.WriteAllText(_directory["simulate/fail-writes"], "1");
        await station.WriteAsync(_pki.DevicePack(Number));
        Assert.Equal(WriteState.Failed, (await station.ResultAsync()).State);
        Assert.Equal("0", File.ReadAllText(_directory["simulate/fail-writes"]).Trim());
        await station.WriteAsync(_pki.DevicePack(Number));
        Assert.Equal(WriteState.Succeeded, (await station.ResultAsync()).State);
    }

    [Fact]
    public async Task Result_KeptOverARestart_UntilAcknowledged()
    {
        using var identity = _pki.Part(Role.LineStation, "1001");
        var pack = _pki.DevicePack(Number);
        await using (var board = await CommonBoardAsync())
        {
            await board.Client(identity).WriteAsync(pack);
            await board.Client(identity).ResultAsync();
        }

        await using (var again = await RunningBoard.StartAsync(_directory.Path))
        {
            Assert.Equal(WriteState.Succeeded, (await again.Client(identity).ResultAsync()).State);
            await again.Client(identity).AcknowledgeAsync();
        }

        await using var last = await RunningBoard.StartAsync(_directory.Path);
        Assert.Equal(WriteState.Idle, (await last.Client(identity).ResultAsync()).State);
    }

    private async Task<RunningBoard> CommonBoardAsync(TimeSpan delay = default)
    {
        await using (var blank = await RunningBoard.StartAsync(_directory.Path))
        {
            var cable = blank.Client(null);
            await cable.WriteCommonAsync(_pki.CommonPack);
            await cable.ResultAsync();
        }

        return await RunningBoard.StartAsync(_directory.Path, delay: delay);
    }


    private static async Task RefusedAsync(ErrorCode code, Task call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<ProvisioningException>(() => call)).Code);
}

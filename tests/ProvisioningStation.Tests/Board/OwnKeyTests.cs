using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>A board that makes its own key (P-28), also where the power goes at any named place.</summary>
public sealed class OwnKeyTests : IDisposable
{
    private static readonly TestPki Pki = new();
    private static readonly MachineNumber Number = MachineNumber.Parse("3012-100001");

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> RequestPlaces => [.. BoardKillPoints.Of("certificate-request").All];

    public static TheoryData<string> WritePlaces =>
        [.. BoardKillPoints.Of("certificate").All, BoardKillPoints.BeforeRequestCleared, BoardKillPoints.BetweenRequestCleared, BoardKillPoints.AfterRequestCleared];

    private MemoryMap Map => new(new DataDirectory(_directory.Path));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Request_NamesTheNumberInCnAndSerialNumber_AndIsTheSameAfterARestart()
    {
        byte[] first;
        using (var content = Open())
            first = content.RequestCertificate(Number).CertificateRequest;
        using var again = Open();
        Assert.Equal(first, again.RequestCertificate(Number).CertificateRequest);
        var request = CertificateRequest.LoadSigningRequest(first, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default);
        Assert.Equal($"SERIALNUMBER={Number}, CN={Number}", request.SubjectName.Name);
        Assert.Equal("1.2.840.10045.2.1", request.PublicKey.Oid.Value);
    }

    [Fact]
    public void Request_ForAnotherNumber_HasAnotherKey_AndTheFirstOnesCertificateIsRefused()
    {
        using var content = Open();
        var first = content.RequestCertificate(Number);
        var second = content.RequestCertificate(MachineNumber.Parse("3012-100002"));
        Assert.NotEqual(first.PublicKeyInfo, second.PublicKeyInfo);
        Refused("not for the key that this board made", () => content.WriteOwn(Pki.BoardPack(Number, first.CertificateRequest)));
    }

    [Theory]
    [MemberData(nameof(RequestPlaces))]
    public void PowerCutWhileTheKeyIsStored_LeavesNoneOrAWholeOne(string place)
    {
        using (var content = Open(place))
            Assert.Throws<PowerCutException>(() => content.RequestCertificate(Number));
        using var again = Open();
        var request = again.RequestCertificate(Number);
        again.WriteOwn(Pki.BoardPack(Number, request.CertificateRequest));
        Assert.Equal(Number, again.Own!.MachineNumber);
        Assert.Null(again.Open);
    }

    [Theory]
    [MemberData(nameof(WritePlaces))]
    public void PowerCutWhileTheCertificateIsWritten_TheRequestIsOpenOrAnswered(string place)
    {
        CertificatePack pack;
        using (var content = Open(place))
        {
            pack = Pki.BoardPack(Number, content.RequestCertificate(Number).CertificateRequest);
            Assert.Throws<PowerCutException>(() => content.WriteOwn(pack));
        }

        using var again = Open();
        Assert.Equal(again.Own is null, again.Open is not null);
        if (again.Own is null)
            again.WriteOwn(pack); // the certificate was not in place: the same one still fits
        Assert.Equal(pack.Fingerprint, again.Own!.Fingerprint);
        Assert.Empty(Directory.GetFiles(Map.CertificateRequest));
    }

    [Fact]
    public async Task OverTheWire_RequestThenCertificateWithoutKey_EndsInitialized()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(Pki.Part(Role.LineStation, "1001"));
        var request = (await station.CallAsync<CreateCertificateRequestRequest, CreateCertificateRequestResponse>(new(Number), default)).CertificateRequest;
        var withKey = await Assert.ThrowsAsync<ProvisioningException>(() => station.WriteAsync(Pki.DevicePack(Number)));
        Assert.Equal(ErrorCode.InvalidCertificatePack, withKey.Code);
        Assert.Contains("made its own key", withKey.Message, StringComparison.Ordinal);
        var pack = Pki.BoardPack(Number, request);
        await station.WriteAsync(pack);
        var result = await station.ResultAsync();
        Assert.Equal((WriteState.Succeeded, pack.Fingerprint), (result.State, result.CertificateFingerprint));
        await station.WriteAsync(pack); // the receipt was lost: the same again
        await station.ResultAsync();
        await station.AcknowledgeAsync();
        await station.InitializeAsync();
        Assert.Equal(BoardState.Initialized, (await board.Client(Pki.Part(Role.LineStation, "1001")).LookAsync()).State);
        var other = await Assert.ThrowsAsync<ProvisioningException>(
            () => station.CallAsync<CreateCertificateRequestRequest, CreateCertificateRequestResponse>(new(MachineNumber.Parse("3012-100002")), default));
        Assert.Equal(ErrorCode.WrongBoard, other.Code);
    }

    [Fact]
    public async Task CertificateWithoutKey_WhereNoRequestIsOpen_IsRefused()
    {
        await using var board = await CommonBoardAsync();
        var station = board.Client(Pki.Part(Role.LineStation, "1001"));
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => station.WriteAsync(Pki.DevicePack(Number) with { PrivateKey = null }));
        Assert.Equal(ErrorCode.InvalidCertificatePack, refused.Code);
        Assert.Contains("no open certificate request", refused.Message, StringComparison.Ordinal);
    }

    private async Task<RunningBoard> CommonBoardAsync()
    {
        using (var content = Open())
            content.WriteCommon(Pki.CommonPack);
        return await RunningBoard.StartAsync(_directory.Path);
    }

    private static void Refused(string words, Action write) => Assert.Contains(words, Assert.Throws<ProvisioningException>(write).Message, StringComparison.Ordinal);

    private BoardContent Open(string? powerCut = null) => new(Map, new BoardOptions(), TimeProvider.System, place =>
    {
        if (place == powerCut)
            throw new PowerCutException();
    });

    private sealed class PowerCutException : Exception;
}

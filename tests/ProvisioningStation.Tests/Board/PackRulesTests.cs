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

/// <summary>What a board refuses to write, each with its own words, and what its clock has to do with it.</summary>
public sealed class PackRulesTests : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TestPki Pki = new();
    private static readonly MachineNumber Number = MachineNumber.Parse("3012-100001");

    private readonly TemporaryDirectory _directory = new();
    private readonly SettableTime _time = new(DateTimeOffset.UtcNow);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void KeyOfAnother_Refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Refused("private key does not belong", Pki.DevicePack(Number) with { PrivateKey = other.ExportPkcs8PrivateKey() });
    }

    [Fact]
    public void CertificateOfAnotherNumber_Refused() => Refused("names 3012-100002", Pki.DevicePack("3012-100002") with { MachineNumber = Number });

    [Fact]
    public void CertificateOfAnotherKindOfIssuer_Refused() => Refused("issuing CA is of another kind", Pki.CommonPack with { MachineNumber = Number });

    [Fact]
    public void NoCertificateAtAll_Refused() => Refused("no certificate or key in DER", Pki.DevicePack(Number) with { ClientCertificate = [1, 2, 3] });

    [Fact]
    public void LeafThatItsIssuerDidNotSign_Refused() => Refused("does not verify", Pki.DevicePack(Number) with { IssuingCertificates = new TestPki().DevicePack(Number).IssuingCertificates });

    [Fact]
    public void Expired_Refused() => Refused("it expired at", Pki.DevicePack(Number, DateTimeOffset.UtcNow.AddDays(-1)));

    [Fact]
    public void NotYetValid_Refused_ButADayAheadIsATimeZone()
    {
        Refused("it is not valid before", Made(DateTimeOffset.UtcNow.AddDays(2), ServerAuthentication, ClientAuthentication));
        using var content = Open();
        content.WriteOwn(Made(DateTimeOffset.UtcNow.AddHours(12), ServerAuthentication, ClientAuthentication));
        Assert.Equal(Number, content.Own!.MachineNumber);
    }

    [Theory]
    [InlineData(ServerAuthentication)]
    [InlineData(ClientAuthentication)]
    [InlineData("1.3.6.1.5.5.7.3.3")]
    public void WrongUsage_Refused(string usage) => Refused("serverAuth and clientAuth", Made(DateTimeOffset.UtcNow.AddDays(-1), usage));

    [Fact]
    public void LeafWithoutItsIssuers_Refused() => Refused("does not verify", Pki.DevicePack(Number) with { IssuingCertificates = [] });

    [Fact]
    public void LongDetail_IsCutAtItsLimit_AndStaysReadable()
    {
        WriteResult.Of(WriteState.Failed, new string('x', 2000), Pki.CommonPack.Fingerprint).Write(_directory["write-result"]);
        Assert.Equal(500, WriteResult.Read(_directory["write-result"]).Detail!.Length);
    }

    [Fact]
    public void ClockThatRunsYearsAhead_RefusesAndNamesItsTime()
    {
        _time.Now = DateTimeOffset.UtcNow.AddYears(7);
        Refused($"the board's clock says {_time.Now:yyyy-}", Pki.DevicePack(Number));
    }

    [Fact]
    public void OlderCertificateOfTheSameNumber_Refused()
    {
        var older = Pki.DevicePack(Number);
        Thread.Sleep(1100); // a certificate's times are whole seconds
        using (var content = Open())
            content.WriteOwn(Pki.DevicePack(Number));
        Refused("never goes back", older);
    }

    [Fact]
    public void Refusal_LeavesWhatWasThere()
    {
        var before = Pki.DevicePack(Number);
        using (var content = Open())
            content.WriteOwn(before);
        Refused("names 3012-100002", Pki.DevicePack("3012-100002") with { MachineNumber = Number });
        using var again = Open();
        Assert.Equal(before.Fingerprint, again.Own!.Fingerprint);
    }

    [Theory]
    [InlineData(1970)]
    [InlineData(2099)]
    public void WrongClockAtStart_DoesNotTurnABoardBack(int year)
    {
        using (var content = Open())
        {
            content.WriteCommon(Pki.CommonPack);
            content.WriteOwn(Pki.DevicePack(Number));
        }

        _time.Now = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var again = Open();
        Assert.Equal(BoardState.Certified, again.State);
        Assert.NotNull(again.Terms().TrustedRoot);
    }

    [Fact]
    public void UnsetClock_TakesAValidCertificate()
    {
        using (var content = Open())
            content.WriteCommon(Pki.CommonPack);
        _time.Now = DateTimeOffset.UnixEpoch;
        using var again = Open();
        again.WriteOwn(Pki.DevicePack(Number));
        Assert.Equal(Number, again.Own!.MachineNumber);
    }

    [Fact]
    public async Task PackThatDoesNotFitItsArea_IsRefusedWithItsSize()
    {
        using (var content = Open())
            content.WriteCommon(Pki.CommonPack);
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        var pack = Pki.DevicePack(Number);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(
            () => board.Client(Pki.Part(Role.LineStation, "1001")).WriteAsync(pack with { IssuingCertificates = [.. pack.IssuingCertificates, new byte[16 * 1024]] }));
        Assert.Equal(ErrorCode.RequestTooLarge, refused.Code);
        Assert.Contains("16384", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionFromWhenTheBoardWasBlank_EndsWithTheAcknowledgement()
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        var cable = board.Client(null);
        await cable.WriteCommonAsync(Pki.CommonPack);
        Assert.Equal(WriteState.Succeeded, (await cable.ResultAsync()).State);
        Assert.Equal(BoardState.Common, (await cable.LookAsync()).State);
        await cable.AcknowledgeAsync();
        Assert.Equal(ErrorCode.NotAuthorized, (await Assert.ThrowsAsync<ProvisioningException>(() => cable.LookAsync())).Code);
    }

    [Theory]
    [InlineData(PackStorage.DeviceKey, false)]
    [InlineData(PackStorage.AsReceived, true)]
    public void PrivateKey_LiesInFlashAsTheSettingSays_AndOpensUnderTheOtherSettingToo(PackStorage storage, bool asItCame)
    {
        var pack = Pki.DevicePack(Number);
        using (var content = Open(storage))
        {
            content.WriteOwn(pack);
            Assert.Equal(asItCame, Directory.GetFiles(_directory["flash/certificate"]).Any(file => File.ReadAllBytes(file).AsSpan().IndexOf(pack.PrivateKey) >= 0));
        }

        using var again = Open(storage == PackStorage.DeviceKey ? PackStorage.AsReceived : PackStorage.DeviceKey);
        Assert.Equal(pack.Fingerprint, again.Own!.Fingerprint);
    }

    private static OidCollection Oids(IEnumerable<string> values)
    {
        var oids = new OidCollection();
        foreach (var value in values)
            oids.Add(new Oid(value));
        return oids;
    }

    private static CertificatePack Made(DateTimeOffset start, params string[] usages)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"SERIALNUMBER={Number}, CN={Number}, O=Test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Oids(usages), false));
        using var certificate = request.Create(Pki.DevicesIssuing, start, start.AddYears(1), RandomNumberGenerator.GetBytes(16));
        return new CertificatePack(Number, Pki.Root.RawData, [Pki.DevicesIssuing.RawData], certificate.RawData, key.ExportPkcs8PrivateKey());
    }

    private void Refused(string words, CertificatePack pack)
    {
        using var content = Open();
        var refused = Assert.Throws<ProvisioningException>(() => content.WriteOwn(pack));
        Assert.Equal(ErrorCode.InvalidCertificatePack, refused.Code);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private BoardContent Open(PackStorage storage = PackStorage.DeviceKey) => new(new MemoryMap(new DataDirectory(_directory.Path)), new BoardOptions { PackStorage = storage }, _time);
}

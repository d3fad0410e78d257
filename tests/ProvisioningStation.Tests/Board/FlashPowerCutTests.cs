using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Board;
using ProvisioningStation.Board.CertificateWriting;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>The power goes at every named place of a write; after the next start the board has the old content or the new one, whole and verified.</summary>
public sealed class FlashPowerCutTests : IDisposable
{
    private static readonly TestPki Pki = new();
    private static readonly BoardOptions Options = new();

    private readonly TemporaryDirectory _directory = new();

    private MemoryMap Map => new(new DataDirectory(_directory.Path));

    public static TheoryData<string> CertificatePlaces => [.. BoardKillPoints.Of("certificate").All];

    public static TheoryData<string> CommonPlaces => [.. BoardKillPoints.Of("common-flash").All, .. BoardKillPoints.Of("common-nvram").All];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(CertificatePlaces))]
    public void PowerCutInAUnitsWrite_OldOrNewIsInPlace_AndTheResultSaysWhich(string place)
    {
        var (before, after) = (Pki.DevicePack("3012-100001"), Pki.DevicePack("3012-100001"));
        using (var content = Open())
        {
            content.WriteCommon(Pki.CommonPack);
            content.WriteOwn(before);
        }

        using (var content = Open(place))
        {
            WriteResult.Of(WriteState.Writing, null, after.Fingerprint).Write(Map.WriteResult);
            Assert.Throws<PowerCutException>(() => content.WriteOwn(after));
        }

        using var again = Open();
        Assert.Contains(again.Own!.Fingerprint, new[] { before.Fingerprint, after.Fingerprint });
        var writer = new PackWriter(again, Map, Options, TimeProvider.System, NullLogger<PackWriter>.Instance);
        Assert.Equal(again.Own.Fingerprint == after.Fingerprint ? WriteState.Succeeded : WriteState.Failed, writer.Result.State);
        Assert.DoesNotContain(Directory.GetDirectories(_directory["flash"]), Path.HasExtension);
        again.WriteOwn(after); // and the next write simply works
        Assert.Equal(after.Fingerprint, again.Own.Fingerprint);
    }

    [Theory]
    [MemberData(nameof(CertificatePlaces))]
    public void PowerCutInTheFirstWrite_NothingOrTheNewOne(string place)
    {
        var pack = Pki.DevicePack("3012-100001");
        using (var content = Open(place))
            Assert.Throws<PowerCutException>(() => content.WriteOwn(pack));
        using var again = Open();
        Assert.True(again.Own is null || again.Own.Fingerprint == pack.Fingerprint);
        Assert.True(Directory.Exists(Map.Certificate));
    }

    [Theory]
    [MemberData(nameof(CommonPlaces))]
    public void PowerCutInTheCommonWrite_FlashAndNvramAgreeAfterwards(string place)
    {
        using (var content = Open(place))
            Assert.Throws<PowerCutException>(() => content.WriteCommon(Pki.CommonPack));
        using var again = Open();
        Assert.Equal(Files(Map.CommonCertificate), Files(Map.CommonCertificateInNvram));
        Assert.Equal(again.Common is null ? BoardState.Blank : BoardState.Common, again.State);
        again.WriteCommon(Pki.CommonPack);
        Assert.Equal(BoardState.Common, again.State);
    }

    [Fact]
    public void OldContentWithoutNew_IsPutBack()
    {
        using (var content = Open())
            content.WriteOwn(Pki.DevicePack("3012-100001"));
        Directory.Move(Map.Certificate, Map.Certificate + ".old");
        using var again = Open();
        Assert.Equal("3012-100001", again.Own!.Peer.Name);
    }

    [Fact]
    public void CertificateThatRotsInFlash_IsNotPresented()
    {
        using (var content = Open())
        {
            content.WriteCommon(Pki.CommonPack);
            content.WriteOwn(Pki.DevicePack("3012-100001"));
        }

        var key = Path.Combine(Map.Certificate, "private-key.bin");
        var bytes = File.ReadAllBytes(key);
        bytes[^1] ^= 1;
        File.WriteAllBytes(key, bytes);
        using var again = Open();
        Assert.Null(again.Own);
        Assert.Equal(BoardState.Common, again.State);
    }

    private static List<string> Files(string directory) =>
        [.. Directory.EnumerateFiles(directory).Select(file => Path.GetFileName(file) + Convert.ToHexString(File.ReadAllBytes(file))).Order(StringComparer.Ordinal)];

    private BoardContent Open(string? powerCut = null) => new(Map, Options, TimeProvider.System, place =>
    {
        if (place == powerCut)
            throw new PowerCutException();
    });

    private sealed class PowerCutException : Exception;
}

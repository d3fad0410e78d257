using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>One bit of one file changes while the power is off: the next start finds it, says it, and goes on with what is whole.</summary>
public sealed class BitRotTests : IDisposable
{
    private static readonly TestPki Pki = new();
    private static readonly MachineNumber Number = MachineNumber.Parse("3012-100001");

    private readonly TemporaryDirectory _directory = new();
    private HealthState _health = new(TimeProvider.System);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void OwnCertificate_IsGoneAndSaid_AndWrittenAgainForTheSameNumberOnly()
    {
        Finish();
        foreach (var flipped in FlipEach("flash/certificate"))
        {
            using var content = Open();
            Assert.True(content.Own is null, flipped);
            Assert.Equal((BoardState.Common, Number), (content.State, content.MachineNumber));
            Assert.Contains("a station writes a new certificate", _health.Problems["flash/certificate"], StringComparison.Ordinal);
        }

        FlipFirst("flash/certificate");
        using var again = Open();
        again.WriteOwn(Pki.DevicePack(Number));
        Assert.Equal(BoardState.Initialized, again.State);
        Assert.Empty(_health.Problems);
    }

    [Theory]
    [InlineData("flash/common-certificate", "nvram/common-certificate")]
    [InlineData("nvram/common-certificate", "flash/common-certificate")]
    public void OneCopyOfTheCommonCertificate_IsRestoredFromTheOther(string rotten, string whole)
    {
        Finish();
        foreach (var flipped in FlipEach(rotten))
        {
            using (var content = Open())
            {
                Assert.Equal(Pki.CommonPack.Fingerprint, content.Common!.Fingerprint);
                Assert.Equal(BoardState.Initialized, content.State);
                Assert.True(_health.Problems.TryGetValue(rotten, out var said) && said.Contains($"restored from {whole}", StringComparison.Ordinal), flipped);
                Assert.Equal(Files(whole), Files(rotten));
            }

            using var next = Open();
            Assert.Empty(_health.Problems);
        }
    }

    [Fact]
    public void BothCopiesOfTheCommonCertificate_WithoutAnOwnOne_IsABlankBoardThatSaysSo()
    {
        using (var content = Open())
            content.WriteCommon(Pki.CommonPack);
        FlipFirst("flash/common-certificate");
        FlipFirst("nvram/common-certificate");
        using var again = Open();
        Assert.Equal(BoardState.Blank, again.State);
        Assert.Equal(["flash/common-certificate", "nvram/common-certificate"], _health.Problems.Keys.Order(StringComparer.Ordinal));
        again.WriteCommon(Pki.CommonPack);
        Assert.Empty(_health.Problems);
    }

    [Fact]
    public void OpenRequest_IsGoneAndSaid_AndTheNextCallMakesANewKey()
    {
        byte[] first;
        using (var content = Open())
            first = content.RequestCertificate(Number).PublicKeyInfo;
        foreach (var flipped in FlipEach("flash/certificate-request"))
        {
            using var content = Open();
            Assert.True(content.Open is null, flipped);
            Assert.Contains("makes a new key", _health.Problems["flash/certificate-request"], StringComparison.Ordinal);
        }

        FlipFirst("flash/certificate-request");
        using var again = Open();
        Assert.NotEqual(first, again.RequestCertificate(Number).PublicKeyInfo);
        Assert.Empty(_health.Problems);
    }

    [Fact]
    public void MachineNumber_IsTakenFromTheOwnCertificate()
    {
        Finish();
        foreach (var flipped in FlipEach("nvram/machine-number"))
        {
            using var content = Open();
            Assert.Equal((Number, BoardState.Initialized), (content.MachineNumber!.Value, content.State));
            Assert.True(_health.Problems["nvram/machine-number"].Contains("restored from flash/certificate", StringComparison.Ordinal), flipped);
        }
    }

    [Fact]
    public void MachineNumber_ThatCantBeWrittenAgain_IsSaid_AndTheBoardStarts()
    {
        Finish();
        Flip(_directory["nvram/machine-number"], 2, 1);
        Directory.CreateDirectory(_directory["nvram/machine-number.tmp"]);
        using (var content = Open())
            Assert.Equal((null, BoardState.Certified), (content.MachineNumber, content.State));
        Assert.Contains("tried again at the next start", _health.Problems["nvram/machine-number"], StringComparison.Ordinal);
        Directory.Delete(_directory["nvram/machine-number.tmp"]);
        using var again = Open();
        Assert.Equal((Number, BoardState.Initialized), (again.MachineNumber, again.State));
    }

    [Theory]
    [InlineData("flash/common-certificate", "nvram/common-certificate.new")]
    [InlineData("nvram/common-certificate", "flash/common-certificate.new")]
    public void CopyOfTheCommonCertificate_ThatCantBeRestored_IsSaid_AndTheBoardStarts(string whole, string blocked)
    {
        Finish();
        var rotten = blocked[..^".new".Length];
        FlipFirst(rotten);
        File.CreateSymbolicLink(_directory[blocked], "/proc/none"); // nothing can be made there
        using var content = Open();
        Assert.Equal(Pki.CommonPack.Fingerprint, content.Common!.Fingerprint);
        Assert.Contains($"could not be restored from {whole}", _health.Problems[rotten], StringComparison.Ordinal);
    }

    [Fact]
    public void MachineNumber_WithoutAnOwnCertificate_IsNoNumber()
    {
        Finish();
        FlipFirst("flash/certificate");
        foreach (var flipped in FlipEach("nvram/machine-number"))
        {
            using var content = Open();
            Assert.True(content.MachineNumber is null, flipped);
            Assert.Contains("nvram/machine-number", _health.Problems.Keys);
        }
    }

    [Theory]
    [InlineData("nvram/counters")]
    [InlineData("nvram/initial-values")]
    public void Values_AreSaid_AndCountersAreNeverReset(string area)
    {
        Finish();
        var whole = File.ReadAllBytes(_directory[area]);
        foreach (var flipped in FlipEach(area))
        {
            using var content = Open();
            Assert.True(_health.Problems.ContainsKey(area), flipped);
            var found = File.ReadAllBytes(_directory[area]);
            content.InitializeParameters(Number);
            Assert.Equal(area == "nvram/counters" ? found : whole, File.ReadAllBytes(_directory[area]));
        }
    }

    [Fact]
    public void WriteResult_IsIdleAndSaid()
    {
        Finish();
        WriteResult.Of(WriteState.Writing, null, Pki.CommonPack.Fingerprint).Write(_directory["nvram/write-result"]);
        foreach (var flipped in FlipEach("nvram/write-result"))
        {
            using var content = Open();
            Assert.True(_health.Problems.ContainsKey("nvram/write-result"), flipped);
            Assert.Equal(WriteState.Idle, WriteResult.Read(_directory["nvram/write-result"]).State);
        }
    }

    [Fact]
    public async Task RunningBoard_SaysItOverHealth()
    {
        Finish();
        FlipFirst("flash/common-certificate");
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        using var http = new HttpClient(Pki.Part(Role.LineStation, "1001").CreateHandler(_ => true, "the board")) { BaseAddress = board.Address };
        using var answer = JsonDocument.Parse(await http.GetStringAsync("/health"));
        Assert.Equal("degraded", answer.RootElement.GetProperty("status").GetString());
        Assert.Contains("restored", answer.RootElement.GetProperty("problems").GetProperty("flash/common-certificate").GetString(), StringComparison.Ordinal);
    }

    private void Finish()
    {
        using var content = Open();
        content.WriteCommon(Pki.CommonPack);
        content.WriteOwn(Pki.DevicePack(Number));
        content.InitializeParameters(Number);
        Assert.Equal(BoardState.Initialized, content.State);
    }

    /// <summary>Flips the first, a middle and the last byte's bits of each file of an area in turn; each file is as it was before the next flip.</summary>
    private IEnumerable<string> FlipEach(string area)
    {
        var files = Directory.Exists(_directory[area]) ? Directory.GetFiles(_directory[area]) : [_directory[area]];
        foreach (var file in files)
        {
            var content = File.ReadAllBytes(file);
            foreach (var (at, bit) in new[] { (0, 0), (content.Length / 3, 5), (content.Length / 2, 1), (content.Length - 1, 2) })
            {
                Flip(file, at, bit);
                yield return $"{file}, byte {at}, bit {bit}";
                File.WriteAllBytes(file, content);
            }
        }
    }

    private void FlipFirst(string area) => Flip(Directory.GetFiles(_directory[area])[0], 100, 3);

    private static void Flip(string file, int at, int bit)
    {
        var content = File.ReadAllBytes(file);
        content[Math.Min(at, content.Length - 1)] ^= (byte)(1 << bit);
        File.WriteAllBytes(file, content);
    }

    private List<string> Files(string area) =>
        [.. Directory.GetFiles(_directory[area]).Select(file => Path.GetFileName(file) + Convert.ToHexString(File.ReadAllBytes(file))).Order(StringComparer.Ordinal)];

    private BoardContent Open()
    {
        _health = new HealthState(TimeProvider.System);
        return new BoardContent(new MemoryMap(new DataDirectory(_directory.Path)), new BoardOptions(), TimeProvider.System, report: new MemoryReport(_health, NullLogger<MemoryReport>.Instance));
    }
}

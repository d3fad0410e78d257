using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.LineStation.Scanning;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

public sealed class ScanFramesTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);

    private readonly ScanFrames _frames = new(new ScannerOptions());
    private readonly List<Scan> _scans = [];
    private TimeSpan _now;

    [Theory]
    [InlineData("3012-100001\r")]
    [InlineData("3012-100001\n")]
    [InlineData("3012-100001\r\n")]
    [InlineData("\u00023012-100001\u0003")]
    [InlineData("\u00023012-100001\u0003\r\n")]
    [InlineData("]C03012-100001\r")]
    public void Frame_WithAnyEndMark_IsOneScan(string bytes)
    {
        Feed(bytes);
        var scan = Assert.Single(_scans);
        Assert.Equal((ScanKind.Code, "3012-100001"), (scan.Kind, scan.Text));
    }

    [Theory]
    [InlineData("NOREAD\r")]
    [InlineData("ERROR\r")]
    [InlineData("?\r")]
    public void ScannersWordsForNothingSeen_AreNoRead(string bytes)
    {
        Feed(bytes);
        Assert.Equal(ScanKind.NoRead, Assert.Single(_scans).Kind);
    }

    [Theory]
    [InlineData("3012\t100001\r")]
    [InlineData("３０１２-100001\r")]
    [InlineData("3012-10000é\r")]
    [InlineData("3012\u001d-100001\r")]
    public void ControlAndNonAsciiCharacters_AreRefusedWhole(string bytes)
    {
        Feed(bytes);
        Assert.Equal(ScanKind.Unreadable, Assert.Single(_scans).Kind);
    }

    [Fact]
    public void LowerCase_IsNotFolded()
    {
        Feed("a123-100001\r");
        Assert.Equal("a123-100001", Assert.Single(_scans).Text);
    }

    [Fact]
    public void TenKilobytesWithoutEndMark_AreOneUnreadableScan_AndTheScanBehindTheEndMarkIsGood()
    {
        Feed(new string('7', 10_000));
        Assert.Equal(ScanKind.Unreadable, Assert.Single(_scans).Kind);
        Feed("\r3012-100001\r");
        Assert.Equal([ScanKind.Unreadable, ScanKind.Code], _scans.Select(scan => scan.Kind));
    }

    [Fact]
    public void ScanThatRunsIntoABrokenOne_IsRefusedAloud_NeverHalfAccepted()
    {
        Feed(new string('7', 100));
        _now += Late;
        Feed("3012-100001\r");
        _now += Late;
        Feed("3012-100002\r");
        Assert.Equal([ScanKind.Unreadable, ScanKind.Unreadable, ScanKind.Code], _scans.Select(scan => scan.Kind));
        Assert.Equal("3012-100002", _scans[^1].Text);
    }

    [Fact]
    public void HalfAScan_IsDroppedAfterTheGap_AndItsTailToo()
    {
        Feed("A");
        _now += Late;
        _frames.Expire(_now, _scans);
        Assert.Equal(ScanKind.Unreadable, Assert.Single(_scans).Kind);
        Feed("3012-100001\r"); // perhaps the rest of "A3012-100001"
        Assert.DoesNotContain(_scans, scan => scan.Kind == ScanKind.Code);
        Feed("3012-100001\r");
        Assert.Equal(ScanKind.Code, _scans[^1].Kind);
    }

    [Fact]
    public void FrameInPiecesWithoutAGap_IsOneScan()
    {
        foreach (var piece in new[] { "30", "12-10", "0001", "\r", "\n" })
        {
            Feed(piece);
            _now += Soon;
        }

        Assert.Equal("3012-100001", Assert.Single(_scans).Text);
    }

    [Fact]
    public void SameCodeWithinASecond_IsOneScan_LaterItIsAnother()
    {
        Feed("3012-100001\r");
        _now += TimeSpan.FromMilliseconds(700);
        Feed("3012-100001\r");
        Assert.Single(_scans);
        _now += TimeSpan.FromMilliseconds(1100);
        Feed("3012-100001\r");
        Assert.Equal(2, _scans.Count);
    }

    [Fact]
    public void AimIdentifier_NotConfigured_Stays()
    {
        var frames = new ScanFrames(new ScannerOptions { StripAimIdentifier = false });
        frames.Feed("]C03012-100001\r"u8, _now, _scans);
        Assert.Equal("]C03012-100001", Assert.Single(_scans).Text);
    }

    [Fact]
    public void AnyCuttingOfTheSameBytes_GivesTheSameScans()
    {
        var alphabet = "3012-10\r\n\u0002\u0003]C0A?\u00e9\t"u8.ToArray();
        var property = Prop.ForAll<int[], byte[]>((cuts, choices) =>
        {
            var bytes = choices.Select(choice => alphabet[choice % alphabet.Length]).ToArray();
            return Scans([bytes]).SequenceEqual(Scans(Cut(bytes, cuts)));
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), property);
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts)
        {
            var length = Math.Min((cut & 7) + 1, bytes.Length - start);
            yield return bytes[start..(start + length)];
            start += length;
        }

        yield return bytes[start..];
    }

    private static List<Scan> Scans(IEnumerable<byte[]> pieces)
    {
        var frames = new ScanFrames(new ScannerOptions());
        var scans = new List<Scan>();
        foreach (var piece in pieces)
            frames.Feed(piece, TimeSpan.Zero, scans);
        return scans;
    }

    private void Feed(string text) => _frames.Feed(Encoding.UTF8.GetBytes(text), _now, _scans);
}

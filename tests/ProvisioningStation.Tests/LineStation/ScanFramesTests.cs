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
    [InlineData("NO READ\r")]
    [InlineData("\u0002NR\u0003")]
    [InlineData("?\r")]
    public void ScannersWordsForNothingSeen_AreNoRead(string bytes)
    {
        Feed(bytes);
        Assert.Equal(ScanKind.NoRead, Assert.Single(_scans).Kind);
    }

    [Theory]
    [InlineData("\u0006")]
    [InlineData("\u0015")]
    [InlineData("OK\r")]
    [InlineData("\u0002OK\u0003")]
    [InlineData("ACK\r\n")]
    [InlineData("OK,LON\r")]
    [InlineData("ER,LON,01\r")]
    public void WhatTheScannerAnswersToCommands_IsNoScan(string bytes)
    {
        Feed(bytes + bytes + "3012-100001\r" + bytes);
        Assert.Equal("3012-100001", Assert.Single(_scans).Text);
    }

    [Fact]
    public void ReplyOfSeveralBytesWithoutEndMark_IsNoScan_AndHalfOfItIsRefused()
    {
        var frames = new ScanFrames(new ScannerOptions { Replies = [@"\x04\xd0\x00\x00\xff\x2c"] }); // CMD_ACK of Zebra's SSI
        frames.Feed([0x04, 0xD0, 0x00, 0x00, 0xFF, 0x2C, .. "3012-100001\r"u8], _now, _scans);
        Assert.Equal("3012-100001", Assert.Single(_scans).Text);
        frames.Feed([0x04, 0xD0, 0x00, 0x00, .. "3012-100002\r"u8], _now, _scans);
        Assert.Equal(ScanKind.Unreadable, _scans[^1].Kind);
    }

    [Theory]
    [InlineData("%CMD-ACK\r", ScanKind.Command, "%CMD-ACK")]
    [InlineData("]C0%CMD-RESET-2\r", ScanKind.Command, "%CMD-RESET-2")]
    [InlineData("W-0042\r", ScanKind.Badge, "W-0042")]
    [InlineData("]C0W-0042\r", ScanKind.Badge, "W-0042")]
    [InlineData("w-0042\r", ScanKind.Code, "w-0042")]
    [InlineData("W-00427\r", ScanKind.Code, "W-00427")]
    [InlineData("%cmd-ACK\r", ScanKind.Code, "%cmd-ACK")]
    public void CommandsAndBadges_AreKindsOfTheirOwn(string bytes, ScanKind kind, string text)
    {
        var frames = new ScanFrames(new ScannerOptions(), ScanSource.Tcp, new WorkersOptions { BadgePattern = "W-####" }.Badge);
        frames.Feed(Encoding.ASCII.GetBytes(bytes), _now, _scans);
        Assert.Equal(new Scan(kind, text, _now, ScanSource.Tcp), Assert.Single(_scans));
    }

    [Theory]
    [InlineData("%CMD-\r")]
    [InlineData("%CMD-ack\r")]
    [InlineData("%CMD-ACK ME\r")]
    [InlineData("%CMD-ABCDEFGHIJKLMNOPQRSTUVWXY\r")]
    public void CommandOfAnotherForm_IsRefused(string bytes)
    {
        Feed(bytes);
        Assert.Equal(ScanKind.Unreadable, Assert.Single(_scans).Kind);
    }

    [Fact]
    public void PortOpenedWithinAFrame_RefusesTheTailAloud()
    {
        _frames.Reset(midFrame: true);
        Feed("3012-100001\r"); // perhaps the rest of "X3012-100001"
        Feed("3012-100002\r");
        Assert.Equal([ScanKind.Unreadable, ScanKind.Code], _scans.Select(scan => scan.Kind));
        Assert.Equal("3012-100002", _scans[^1].Text);
    }

    [Fact]
    public void SameCodeWithinASecond_IsOneScan_AlsoWithANoReadBetween()
    {
        Feed("3012-100001\r");
        Feed("NOREAD\r");
        Feed("3012-100001\r");
        Assert.Equal([ScanKind.Code, ScanKind.NoRead], _scans.Select(scan => scan.Kind));
    }

    [Fact]
    public void WholeCode_IsAnsweredTo_AlsoWhereItIsTheSameScan_AndNothingElseIs()
    {
        Assert.True(_frames.Feed("3012-100001\r"u8, _now, _scans));
        Assert.True(_frames.Feed("3012-100001\r"u8, _now, _scans));
        Assert.False(_frames.Feed("NOREAD\r\u0006OK\r3012-1\t\r"u8, _now, _scans));
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

    [Fact]
    public void WhateverTheNoise_OnlyWholeCodesAreAccepted_AndTheLastOneIs()
    {
        var alphabet = "3012-\r\n\u0002\u0003]C?%\u0006\u0015\t\u00e9"u8.ToArray();
        var property = Prop.ForAll<byte[], byte[]>((before, after) =>
        {
            byte[] Noise(byte[] choices) => [.. choices.Select(choice => alphabet[choice % alphabet.Length])];
            var scans = Scans([[.. Noise(before), .. "\rA123-100001\r"u8, .. Noise(after), .. "\r3012-999999\r"u8]]);
            return scans[^1] == new Scan(ScanKind.Code, "3012-999999", TimeSpan.Zero)
                && scans.Count(scan => scan.Text == "A123-100001") == 1
                && scans.All(scan => scan.Text.All(c => c is >= ' ' and <= '~') && scan.Text.Length is > 0 and <= 64);
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

using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Keys from the kiosk page, and numbers typed there.</summary>
public sealed class WedgeInputTests : IDisposable
{
    private readonly ScanQueue _queue = new(NullLogger<ScanQueue>.Instance);
    private readonly SteppedTime _time = new();
    private readonly WedgeInput _wedge;

    public WedgeInputTests()
    {
        Clock = new MonotonicClock(_time);
        _time.Pass(TimeSpan.FromHours(1)); // there is a time before the first key
        _wedge = new WedgeInput(new ScannerOptions(), new WorkersOptions { BadgePattern = "W-####" }, _queue, Clock, _time);
    }

    private MonotonicClock Clock { get; }

    public void Dispose() => _wedge.Dispose();

    [Theory]
    [InlineData("3012-100001", ScanKind.Code)]
    [InlineData("%CMD-ACK", ScanKind.Command)]
    [InlineData("W-0042", ScanKind.Badge)]
    [InlineData("NOREAD", ScanKind.NoRead)]
    public void FrameTypedByTheScanner_IsAScan(string text, ScanKind kind)
    {
        var before = Clock.Now;
        var delivery = _wedge.Take(Keys(text, 5));
        var scan = Assert.Single(delivery.Scans);
        Assert.Equal((kind, text, ScanSource.Wedge, 0), (scan.Kind, scan.Text, scan.Source, delivery.Dropped));
        Assert.InRange(scan.At, before, Clock.Now);
        Assert.True(_queue.Reader.TryRead(out var queued));
        Assert.Equal(scan, queued);
    }

    [Fact]
    public void GapsWithinADelivery_AreTheBrowsers()
    {
        var delivery = _wedge.Take(Keys("3012-100001", 250)); // a person's typing, no scanner's
        Assert.NotEmpty(delivery.Scans);
        Assert.All(delivery.Scans, scan => Assert.Equal(ScanKind.Unreadable, scan.Kind));
    }

    [Fact]
    public void ReloadedPageWhoseClockStartsAnew_IsTakenAsItIs()
    {
        Assert.Single(_wedge.Take([new("3", 90_000), new("4", 90_005), new("Enter", 90_010)]).Scans);
        Assert.Equal("56", Assert.Single(_wedge.Take([new("5", 12), new("6", 20), new("Enter", 30)]).Scans).Text);
    }

    [Fact]
    public void FrameInTwoDeliveries_IsOneScan()
    {
        Assert.Empty(_wedge.Take(Keys("3012-1", 1)[..6]).Scans);
        Assert.Equal("3012-100001", Assert.Single(_wedge.Take(Keys("00001", 1)).Scans).Text);
    }

    [Fact]
    public void HalfAScan_IsSaidWithoutFurtherKeys()
    {
        Assert.Empty(_wedge.Take([new("3", 0), new("0", 5)]).Scans);
        Assert.False(_queue.Reader.TryRead(out _));
        _time.Pass(TimeSpan.FromMilliseconds(300));
        Assert.True(_queue.Reader.TryRead(out var scan));
        Assert.Equal((ScanKind.Unreadable, ScanSource.Wedge), (scan.Kind, scan.Source));
    }

    [Fact]
    public void KeyThatWasTouchedByMistake_CostsNoScanThatComesLater()
    {
        Assert.Empty(_wedge.Take([new("x", 0)]).Scans);
        _time.Pass(TimeSpan.FromMilliseconds(1200));
        Assert.Equal("3012-100001", Assert.Single(_wedge.Take(Keys("3012-100001", 1)).Scans).Text);
    }

    [Fact]
    public void NamesOfKeys_CountAsNothing_AndWideLettersAreRefused()
    {
        Assert.Equal("A123-100001", Assert.Single(_wedge.Take([new("Shift", 0), .. Keys("A123-100001", 1)]).Scans).Text);
        Assert.Equal(ScanKind.Unreadable, Assert.Single(_wedge.Take(Keys("３０１２-100001", 1)).Scans).Kind);
        Assert.Equal(ScanKind.Unreadable, Assert.Single(_wedge.Take([new("\U0001F600", 0), new("Enter", 1)]).Scans).Kind);
    }

    [Fact]
    public void DeliveryOfNonsense_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => _wedge.Take([.. Enumerable.Repeat(new WedgeKey("1", 0), WedgeInput.MaxKeys + 1)]));
        Assert.Throws<ArgumentException>(() => _wedge.Take([new WedgeKey("1", double.NaN)]));
        Assert.Throws<ArgumentException>(() => _wedge.Take([new WedgeKey(null!, 1)]));
        Assert.Empty(_wedge.Take([]).Scans);
    }

    [Fact]
    public void NumberTypedTwice_IsAScan_AndADifferenceIsRefused()
    {
        var typed = new TypedInput(_queue, Clock);
        typed.Take("3012-100001", "3012-100001");
        Assert.True(_queue.Reader.TryRead(out var scan));
        Assert.Equal((ScanKind.Code, "3012-100001", ScanSource.Typed), (scan.Kind, scan.Text, scan.Source));
        Assert.Equal(ErrorCode.InvalidMachineNumber, Assert.Throws<ProvisioningException>(() => typed.Take("3012-100001", "3012-100002")).Code);
        Assert.Equal(ErrorCode.InvalidMachineNumber, Assert.Throws<ProvisioningException>(() => typed.Take("3012-10000", "3012-10000")).Code);
        Assert.False(_queue.Reader.TryRead(out _));
    }

    [Fact]
    public void QueueThatIsFull_DropsAndSaysSoAtItsPlace_InOrder()
    {
        for (var i = 0; i < 1000; i++)
            Assert.Equal(i < ScanQueue.Longest, _queue.Offer(new Scan(ScanKind.Code, $"3012-{i:D6}", Clock.Now)));
        var waiting = new List<Scan>();
        while (_queue.Reader.TryRead(out var scan))
            waiting.Add(scan);
        Assert.Equal(Enumerable.Range(0, ScanQueue.Longest).Select(i => $"3012-{i:D6}"), waiting.SkipLast(1).Select(scan => scan.Text));
        Assert.Equal(ScanKind.Dropped, waiting[^1].Kind);
        Assert.True(_queue.Offer(new Scan(ScanKind.Code, "3012-001000", Clock.Now)));
        Assert.Throws<ProvisioningException>(() =>
        {
            for (var i = 0; i < 100; i++)
                new TypedInput(_queue, Clock).Take("3012-100001", "3012-100001");
        });
    }

    private static WedgeKey[] Keys(string text, double gap) => [.. text.Select((c, i) => new WedgeKey(c.ToString(), i * gap)), new WedgeKey("Enter", text.Length * gap)];
}

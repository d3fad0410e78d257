using System.Globalization;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>
/// Bytes framed as the manuals of each make describe, and hostile ones (<c>Fixtures/*.scan</c>): a line <c>&lt;</c> is what comes in, the lines <c>&gt;</c> behind it are what they must give. Each file is replayed whole,
/// byte by byte, and cut at random places: the scans are the same.
/// </summary>
public sealed class ScannerFixtureTests
{
    private const string Folder = "tests/ProvisioningStation.Tests/LineStation/Fixtures";

    public static TheoryData<string> Makes => ["honeywell", "zebra", "datalogic", "keyence", "hostile"];

    [Theory]
    [MemberData(nameof(Makes))]
    public void RecordedBytes_GiveTheSameScans_HoweverTheyAreCut(string make)
    {
        var (bytes, expected) = Read(make);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Replay([bytes]));
        Assert.Equal(expected, Replay(bytes.Select(value => new[] { value })));
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
            Assert.Equal(expected, Replay(Cut(bytes, random)));
    }

    private static (byte[] Bytes, List<string> Expected) Read(string make)
    {
        var lines = File.ReadAllLines(RepositoryFiles.Resolve($"{Folder}/{make}.scan"));
        return (
            [.. lines.Where(line => line.StartsWith("< ", StringComparison.Ordinal)).SelectMany(line => EscapedBytes.Parse(line[2..]))],
            [.. lines.Where(line => line.StartsWith("> ", StringComparison.Ordinal)).Select(line => line[2..])]);
    }

    private static List<string> Replay(IEnumerable<byte[]> pieces)
    {
        var frames = new ScanFrames(new ScannerOptions { Repeat = TimeSpan.Zero }, badge: new WorkersOptions { BadgePattern = "W-####" }.Badge);
        var scans = new List<Scan>();
        foreach (var piece in pieces)
            frames.Feed(piece, TimeSpan.Zero, scans);
        return [.. scans.Select(scan => string.Create(CultureInfo.InvariantCulture, $"{scan.Kind}{(scan.Kind == ScanKind.Unreadable ? string.Empty : $" {scan.Text}")}"))];
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes, Random random)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var length = Math.Min(random.Next(1, 9), bytes.Length - start);
            yield return bytes[start..(start + length)];
            start += length;
        }
    }
}

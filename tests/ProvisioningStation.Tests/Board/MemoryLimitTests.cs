using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>No area of the stand-in holds more than a real board's (P-25, P-26), or it says so.</summary>
public sealed partial class MemoryLimitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string, string> Overfull => new()
    {
        { "flash/boot-loader", "flash/boot-loader/loader.bin" },
        { "flash/os-image", "flash/os-image/firmware.img" },
        { "flash/parameters", "flash/parameters/board.txt" },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Overfull))]
    public void AreaThatHoldsMoreThanItsLimit_IsSaid(string area, string file)
    {
        Open().Dispose();
        var limit = MemoryMap.Limits[area];
        var others = Directory.GetFiles(_directory[area]).Where(other => other != _directory[file]).Sum(other => new FileInfo(other).Length);
        Assert.Empty(Problems(file, limit - others));
        var (name, said) = Assert.Single(Problems(file, limit - others + 1));
        Assert.Equal(area, name);
        Assert.StartsWith($"{limit + 1} bytes lie there, and it holds {limit}.", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_AreTheGuides()
    {
        var guide = AreaRow().Matches(File.ReadAllText(RepositoryFiles.Resolve("src/Board/README.md")))
            .ToDictionary(row => $"{row.Groups["memory"].Value.ToLowerInvariant()}/{row.Groups["area"].Value}", row => int.Parse(row.Groups["limit"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
        Assert.Equal(MemoryMap.Limits.OrderBy(area => area.Key, StringComparer.Ordinal), guide.OrderBy(area => area.Key, StringComparer.Ordinal));
    }

    private IReadOnlyDictionary<string, string> Problems(string file, long length)
    {
        using (var content = new FileStream(_directory[file], FileMode.OpenOrCreate))
            content.SetLength(length);
        var health = new HealthState(TimeProvider.System);
        Open(new MemoryReport(health, NullLogger<MemoryReport>.Instance)).Dispose();
        return health.Problems;
    }

    private BoardContent Open(MemoryReport? report = null) => new(new MemoryMap(new DataDirectory(_directory.Path)), new BoardOptions(), TimeProvider.System, report: report);

    [GeneratedRegex(@"^\| (?<memory>flash|NVRAM) `(?<area>[a-z0-9-]+)` \| (?<limit>[0-9,]+) \|", RegexOptions.Multiline)]
    private static partial Regex AreaRow();
}

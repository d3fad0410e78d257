using Microsoft.AspNetCore.Http;
using ProvisioningStation.CommunicationTerminal.Records;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Records;

/// <summary>Every combination of filters finds exactly what fits, page by page, forwards and back again.</summary>
public sealed class UnitSearchTests(FilledUnits units) : IClassFixture<FilledUnits>
{
    private const int Combinations = 256; // eight filters, each given or not
    private const int Limit = 37;

    private readonly UnitSearch _search = new(units.Database);

    [Fact]
    public void EveryCombinationOfFilters_FindsExactlyWhatFits_ForwardsAndBack()
    {
        for (var bits = 0; bits < Combinations; bits++)
        {
            var query = Query(bits, new Random(bits));
            var filter = query.ToFilter();
            var expected = units.Rows.Where(row => Fits(query, row)).Select(row => row.Number).Order(StringComparer.Ordinal).ToList();
            var pages = new List<UnitPage> { _search.Find(filter, null, Limit) };
            while (pages[^1].Next is { } next)
                pages.Add(_search.Find(filter, next, Limit));
            var found = pages.SelectMany(page => page.Items).Select(unit => unit.MachineNumber).ToList();
            Assert.True(expected.SequenceEqual(found.Order(StringComparer.Ordinal)), $"{query}: {expected.Count} expected, {found.Count} found");
            Assert.All(pages.SkipLast(1), page => Assert.Equal(Limit, page.Items.Count));

            var back = new List<string>();
            for (var cursor = pages[^1].Previous; cursor is not null;)
            {
                var page = _search.Find(filter, cursor, Limit);
                back.InsertRange(0, page.Items.Select(unit => unit.MachineNumber));
                cursor = page.Previous;
            }

            Assert.Equal(found.SkipLast(pages[^1].Items.Count), back);
        }
    }

    [Fact]
    public void SearchThatFindsNothingInALongWalk_CanBeGoneOnFrom()
    {
        var filter = new UnitFilter { State = UnitState.Proved, Line = "no such line" };
        var page = _search.Find(filter, null, 10);
        Assert.Empty(page.Items);
        Assert.Null(page.Next);
        Assert.False(page.IsCutShort);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("s+3012-000001")] // of a search by state
    [InlineData("n+3012")]
    [InlineData("n+3012-000001' OR 1=1")]
    [InlineData("d+2026-11-21 3012-000001")]
    public void ForeignCursor_IsRefused(string cursor) =>
        Assert.Equal(ErrorCode.MalformedRequest, Assert.Throws<ProvisioningException>(() => _search.Find(new UnitFilter(), cursor, 10)).Code);

    [Theory]
    [InlineData("Prefix", "3012x")]
    [InlineData("Prefix", "<script>")]
    [InlineData("State", "Lost")]
    [InlineData("State", "3")]
    [InlineData("PlanFrom", "21.11.2026")]
    [InlineData("Model", "30")]
    [InlineData("To", "3012")]
    public void BadValue_IsRefusedWithItsName(string field, string value)
    {
        var query = new UnitQuery();
        typeof(UnitQuery).GetProperty(field)!.SetValue(query, value);
        var refusal = Assert.Throws<ProvisioningException>(query.ToFilter);
        Assert.NotEqual(ErrorCode.Internal, refusal.Code);
        Assert.Contains(value, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3012-000900", "3012-000100", null, null)]
    [InlineData(null, null, "2026-11-09", "2026-11-01")]
    public void RangeThatEndsBeforeItBegins_IsRefused(string? from, string? to, string? planFrom, string? planTo) =>
        Assert.Contains("behind", Assert.Throws<ProvisioningException>(new UnitQuery { From = from, To = to, PlanFrom = planFrom, PlanTo = planTo }.ToFilter).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Csv_HasAllThatFit_WithAMarkForSpreadsheetsWhereWanted(bool forSpreadsheet)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await new UnitCsv(_search).WriteAsync(context.Response, new UnitFilter { Model = ModelCode.Parse("3012") }, forSpreadsheet, default);
        Assert.Equal(forSpreadsheet, body.ToArray().AsSpan().StartsWith(new byte[] { 0xEF, 0xBB, 0xBF }));
        var lines = System.Text.Encoding.UTF8.GetString(body.ToArray()).Split("\r\n");
        Assert.Equal("machineNumber,model,planDate,state,attempt,line,writtenAt,provedAt,firmwareVersion,certificateFingerprint", lines[0].TrimStart('\uFEFF'));
        Assert.Equal(800 + 2, lines.Length); // heading, and nothing behind the last CRLF
        Assert.StartsWith("3012-000000,3012,2026-11-01,", lines[1], StringComparison.Ordinal);
    }

    private static UnitQuery Query(int bits, Random random)
    {
        string[] models = ["3012", "A123", "ZZ99"];
        var model = models[random.Next(3)];
        var (first, day) = (random.Next(600), 1 + random.Next(10));
        return new UnitQuery
        {
            Prefix = (bits & 1) == 0 ? null : $"{model}-000{random.Next(8)}",
            Model = (bits & 2) == 0 ? null : model,
            From = (bits & 4) == 0 ? null : $"{model}-{first:D6}",
            To = (bits & 8) == 0 ? null : $"{model}-{first + 150:D6}",
            State = (bits & 16) == 0 ? null : Enum.GetNames<UnitState>()[random.Next(9)],
            Line = (bits & 32) == 0 ? null : random.Next(2) == 0 ? "1009" : "1001",
            PlanFrom = (bits & 64) == 0 ? null : $"2026-11-{day:D2}",
            PlanTo = (bits & 128) == 0 ? null : $"2026-11-{day + random.Next(2):D2}",
        };
    }

    private static bool Fits(UnitQuery query, FilledUnits.UnitRow row) =>
        (query.Prefix is null || row.Number.StartsWith(query.Prefix, StringComparison.Ordinal))
        && (query.Model is null || row.Number.StartsWith(query.Model, StringComparison.Ordinal))
        && (query.From is null || string.CompareOrdinal(row.Number, query.From) >= 0)
        && (query.To is null || string.CompareOrdinal(row.Number, query.To) <= 0)
        && (query.State is null || row.State == query.State)
        && (query.Line is null || row.Line == query.Line)
        && (query.PlanFrom is null || string.CompareOrdinal(row.Day, query.PlanFrom) >= 0)
        && (query.PlanTo is null || string.CompareOrdinal(row.Day, query.PlanTo) <= 0);
}

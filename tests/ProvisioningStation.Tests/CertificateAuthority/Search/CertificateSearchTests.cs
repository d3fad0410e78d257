using Dapper;
using ProvisioningStation.CertificateAuthority.Search;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.Search;

/// <summary>Every combination of filters finds exactly what fits, page by page, and no page walks more than it may.</summary>
public sealed class CertificateSearchTests(FilledStore store) : IClassFixture<FilledStore>
{
    private const int Combinations = 512; // nine filters, each given or not

    private readonly CertificateSearch _search = new(store.Database);

    [Fact]
    public void EveryCombinationOfFilters_FindsExactlyWhatFits_PageByPage()
    {
        for (var bits = 0; bits < Combinations; bits++)
        {
            var filter = Filter(bits, new Random(bits));
            if (filter.From is { } from && filter.To is { } to && from.CompareTo(to) > 0)
                continue;
            var expected = store.Rows.Where(row => Fits(filter, row)).Select(row => row.Serial).Order(StringComparer.Ordinal).ToList();
            var found = new List<string>();
            string? cursor = null;
            var pages = 0;
            do
            {
                var page = _search.Find(filter, cursor, 1000);
                Assert.True(page.Items.Count <= 1000);
                found.AddRange(page.Items.Select(item => item.SerialNumber));
                cursor = page.Next;
                Assert.True(++pages < 30, $"no end: {filter}");
            }
            while (cursor is not null);
            Assert.True(expected.SequenceEqual(found.Order(StringComparer.Ordinal)), $"{expected.Count} fit, {found.Count} were found: {filter}");
        }
    }

    [Fact]
    public void SmallPages_LeaveNothingOutAndShowNothingTwice()
    {
        foreach (var bits in new[] { 0, 1, 2, 8, 16, 32, 128, 1 + 8, 16 + 32 })
        {
            var filter = Filter(bits, new Random(bits));
            var all = Walk(filter, 1000);
            Assert.Equal(all, Walk(filter, 7));
            Assert.Equal(all.Count, all.Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void SparseFilter_GivesShortPages_ThatGoOn()
    {
        var filter = new CertificateFilter(null, null, null, CertificateState.Written, null, null, null, null, null);
        var page = _search.Find(filter, null, 100);
        Assert.Empty(page.Items);
        Assert.NotNull(page.Next);
    }

    [Fact]
    public void Cursor_OfOtherFilters_IsRefused()
    {
        var page = _search.Find(Filter(1, new Random(1)), null, 10);
        var refused = Assert.Throws<ProvisioningException>(() => _search.Find(Filter(2, new Random(2)), page.Next, 10));
        Assert.Contains("made under other filters", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoOrder_SortsOrScansWithoutAnIndex()
    {
        foreach (var order in Enumerable.Range(0, Combinations).Select(bits => SearchOrder.For(Filter(bits, new Random(bits)))).Distinct())
        {
            var details = store.Database.Read(connection => connection.Query<(long Id, long Parent, long NotUsed, string Detail)>(
                "EXPLAIN QUERY PLAN " + order.Sql,
                new { key = string.Empty, id = 0, highest = "~", highestRow = long.MaxValue, expiresTo = "~", factory = "F1", firstOfRequest = 0 }).Select(row => row.Detail).ToList());
            Assert.NotEmpty(details);
            var wrong = details.Where(detail => detail.Contains("TEMP B-TREE", StringComparison.Ordinal) || (detail.StartsWith("SCAN", StringComparison.Ordinal) && !detail.Contains("INDEX", StringComparison.Ordinal)));
            Assert.True(!wrong.Any(), $"{order.Sql}\n{string.Join('\n', details)}");
        }
    }

    private static CertificateFilter Filter(int bits, Random random)
    {
        string[] models = ["3012", "A123", "B777"];
        bool Has(int bit) => (bits & (1 << bit)) != 0;
        DateTimeOffset Day(int most) => FilledStore.Start.AddDays(random.Next(most));
        var low = random.Next(5000);
        var (issued, expires, model) = (Day(40), Day(2500), models[random.Next(3)]);
        return new CertificateFilter(
            Has(0) ? ModelCode.Parse(model) : null,
            Has(1) ? MachineNumber.Parse($"{models[random.Next(3)]}-{low:D6}") : null,
            Has(2) ? MachineNumber.Parse($"{models[random.Next(3)]}-{random.Next(low, 5000):D6}") : null,
            Has(3) ? (CertificateState)random.Next(8) : null,
            Has(4) ? "F" + random.Next(1, 4) : null,
            Has(5) ? issued : null,
            Has(6) ? issued.AddDays(random.Next(1, 40)) : null,
            Has(7) ? expires : null,
            Has(8) ? expires.AddDays(random.Next(1, 500)) : null);
    }

    private static bool Fits(CertificateFilter filter, StoredRow row)
    {
        var number = MachineNumber.Parse(row.MachineNumber);
        return (filter.Model is null || number.Model == filter.Model)
            && (filter.From is null || number.CompareTo(filter.From.Value) >= 0)
            && (filter.To is null || number.CompareTo(filter.To.Value) <= 0)
            && (filter.State is null || row.State == filter.State)
            && (filter.Factory is null || row.Factory == filter.Factory)
            && (filter.IssuedFrom is null || row.ReceivedAt >= filter.IssuedFrom)
            && (filter.IssuedTo is null || row.ReceivedAt <= filter.IssuedTo)
            && (filter.ExpiresFrom is null || row.NotAfter >= filter.ExpiresFrom)
            && (filter.ExpiresTo is null || row.NotAfter <= filter.ExpiresTo);
    }

    private List<string> Walk(CertificateFilter filter, int limit)
    {
        var found = new List<string>();
        string? cursor = null;
        do
        {
            var page = _search.Find(filter, cursor, limit);
            found.AddRange(page.Items.Select(item => item.SerialNumber));
            cursor = page.Next;
        }
        while (cursor is not null);
        return found;
    }
}

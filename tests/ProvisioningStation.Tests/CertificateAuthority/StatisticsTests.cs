using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Statistics over the API: from the counters and the quotas, and nothing else.</summary>
public sealed class StatisticsTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartWithoutQuotasAsync();
        await _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) =>
            {
                void Count(string day, string factory, string model, CounterEvent happened, long amount) =>
                    CounterBook.Add(connection, transaction, day, factory, ModelCode.Parse(model), happened, amount);
                Count("2096-01-31", "F1", "3012", CounterEvent.Issued, 100);
                Count("2096-01-31", "F1", "A123", CounterEvent.Signed, 20);
                Count("2096-02-01", "F1", "3012", CounterEvent.Issued, 50);
                Count("2096-02-01", "F2", "3012", CounterEvent.Issued, 7);
                Count("2096-02-01", "F1", "3012", CounterEvent.Revoked, 3);
                Count("2096-03-01", "F1", "3012", CounterEvent.Issued, 1000);
            },
            CancellationToken.None);
    }

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task ByDay_HasARowPerDayWithEventsAndTotals()
    {
        var answer = await GetAsync("from=2096-01-31&to=2096-02-28");
        Assert.Equal(["2096-01-31", "2096-02-01"], answer.Rows.Select(row => row.Key));
        Assert.Equal((100L, 20L), (answer.Rows[0].Figures.Issued, answer.Rows[0].Figures.Signed));
        Assert.Equal((157L, 20L, 3L), (answer.Totals.Figures.Issued, answer.Totals.Figures.Signed, answer.Totals.Figures.Revoked));
        Assert.All(answer.Rows, row => Assert.Null(row.Quota));
    }

    [Fact]
    public async Task ByModelAndFactory_WithFilters()
    {
        var byModel = await GetAsync("from=2096-01-01&to=2096-02-28&groupBy=model&factory=F1");
        Assert.Equal([("3012", 150L), ("A123", 0L)], byModel.Rows.Select(row => (row.Key, row.Figures.Issued)));
        var byFactory = await GetAsync("from=2096-01-01&to=2096-02-28&groupBy=Factory&model=3012");
        Assert.Equal([("F1", 150L), ("F2", 7L)], byFactory.Rows.Select(row => (row.Key, row.Figures.Issued)));
        Assert.Equal(157, byFactory.Totals.Figures.Issued);
    }

    [Fact]
    public async Task Quotas_StandBesideWhatWasIssuedOnThem()
    {
        await _ca.ApproveQuotaAsync("3012", 30);
        await _ca.ApproveQuotaAsync("A123", 5, endsOn: "2095-12-31");
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 12));
        var answer = await GetAsync("groupBy=model");
        var row = Assert.Single(answer.Rows, row => row.Key == "3012");
        Assert.Equal((12L, new QuotaFigures(30, 12, 18, 0)), (row.Figures.Issued, row.Quota));
        Assert.Equal(new QuotaFigures(35, 12, 23, 0), answer.Totals.Quota);
        Assert.Equal(new QuotaFigures(30, 12, 18, 0), (await GetAsync("from=2096-01-01&to=2096-01-01")).Totals.Quota);
    }

    [Fact]
    public async Task Certificates_AreNotLookedAt()
    {
        await _ca.ApproveQuotaAsync("3012", 30);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 12));
        await _ca.Services.GetRequiredService<Database>().WriteAsync((connection, transaction) => connection.Execute("DROP TABLE certificate", transaction: transaction), CancellationToken.None);
        Assert.Equal(12, (await GetAsync(string.Empty)).Totals.Figures.Issued);
    }

    [Theory]
    [InlineData("from=2096-02-02&to=2096-02-01")]
    [InlineData("from=2026-02-30")]
    [InlineData("from=1990-01-01&to=2026-01-01")]
    [InlineData("groupBy=week")]
    [InlineData("groupBy=1")]
    [InlineData("model=x")]
    public async Task WrongQuery_IsRefused(string query)
    {
        using var answer = await _ca.Http(_ca.Identity("operator")).GetAsync("/api/statistics?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private async Task<ProvisioningStation.Protocol.CertificateAuthority.Administration.Statistics> GetAsync(string query) =>
        (await _ca.Http(_ca.Identity("operator")).GetFromJsonAsync<ProvisioningStation.Protocol.CertificateAuthority.Administration.Statistics>("/api/statistics?" + query, JsonForm.Options))!;
}

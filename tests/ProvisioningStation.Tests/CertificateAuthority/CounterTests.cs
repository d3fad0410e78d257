using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Counters stand in the transaction of what they count.</summary>
public sealed class CounterTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:SliceSize=7");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Issuing_AcknowledgingAndReissuing_AreCountedPerModel()
    {
        var id = RequestId.New();
        await _ca.IssueAsync(id, [.. Numbers("3012", 1, 20), .. Numbers("A123", 1, 3)]);
        await _ca.AcknowledgeAsync(id);
        await _ca.AcknowledgeAsync(id);
        await _ca.ReissueAsync(RequestId.New(), Numbers("3012", 4, 1)[0]);
        Assert.Equal(
            [("3012", "Acknowledged", 20L), ("3012", "Issued", 20L), ("3012", "Reissued", 1L), ("3012", "Superseded", 1L), ("A123", "Acknowledged", 3L), ("A123", "Issued", 3L)],
            Counters());
    }

    [Fact]
    public async Task RepeatedRequest_IsCountedOnce()
    {
        var id = RequestId.New();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _ca.IssueAsync(id, Numbers("3012", 1, 20))));
        Assert.Equal([("3012", "Issued", 20L)], Counters());
    }

    [Fact]
    public async Task RefusedRequest_IsNotCounted()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 10)));
        Assert.Equal([("3012", "Issued", 1L)], Counters());
    }

    [Fact]
    public async Task AmountsOfOneDay_AddUp_AndNothingLeavesNoTrace()
    {
        await _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) =>
            {
                CounterBook.Add(connection, transaction, "2026-01-31", "F2", ModelCode.Parse("3012"), CounterEvent.Revoked, 40);
                CounterBook.Add(connection, transaction, "2026-01-31", "F2", ModelCode.Parse("3012"), CounterEvent.Revoked, 2);
                CounterBook.Add(connection, transaction, "2026-01-31", "F2", ModelCode.Parse("3012"), CounterEvent.Expired, 0);
            },
            CancellationToken.None);
        Assert.Equal([("3012", "Revoked", 42L)], Counters());
    }

    private List<(string Model, string Event, long Amount)> Counters() => _ca.Services.GetRequiredService<Database>().Read(connection =>
        connection.Query<(string, string, long)>("SELECT model, event, amount FROM issuance_counter ORDER BY model, event").ToList());
}

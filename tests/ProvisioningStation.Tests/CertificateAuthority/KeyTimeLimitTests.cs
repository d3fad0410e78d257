using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Private keys that nobody acknowledges do not stay at the CA for ever.</summary>
public sealed class KeyTimeLimitTests : IAsyncLifetime
{
    private static readonly MachineNumber[] Asked = Numbers("3012", 1, 3);

    private readonly RequestId _id = RequestId.New();
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:KeyTimeLimit=2.00:00:00");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task UnacknowledgedKeys_AreWipedAndTheNumbersCanBeOrderedAgain()
    {
        await _ca.IssueAsync(_id, Asked);
        await AgeAsync(TimeSpan.FromHours(49));
        await SweepAsync(1);
        Assert.All(Asked, number => Assert.Equal(["Revoked"], _ca.States(number)));
        Assert.Equal(0, Count("SELECT COUNT(wrapped_key) FROM certificate"));
        Assert.Equal(3, Count("SELECT COUNT(*) FROM certificate WHERE revocation_reason = 'cessationOfOperation' AND revoked_at IS NOT NULL"));
        Assert.Equal(3, Count("SELECT COUNT(*) FROM audit_event WHERE action = 'Revoked' AND subject LIKE '3012-%'"));
        Assert.Equal(3, File.ReadLines(Path.Combine(_ca.Data, "issued.ledger")).Count(line => line.Contains("cessationOfOperation", StringComparison.Ordinal)));
        Assert.Equal(ErrorCode.KeysExpired, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(_id, Asked))).Code);
        Assert.Equal(ErrorCode.KeysExpired, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.AcknowledgeAsync(_id))).Code);
        Assert.Equal(3, (await _ca.IssueAsync(RequestId.New(), Asked)).Count);
    }

    [Fact]
    public async Task YoungerAndAcknowledgedAndBoardMadeRequests_Stay()
    {
        await _ca.IssueAsync(_id, Asked[0]);
        await _ca.AcknowledgeAsync(_id);
        await _ca.CallAsync<ProvisioningStation.Protocol.CertificateAuthority.SignCertificateRequestRequest, ProvisioningStation.Protocol.CertificateAuthority.SignCertificateRequestResponse>(
            new(RequestId.New(), Asked[1], BoardMade.Request(string.Empty)));
        await AgeAsync(TimeSpan.FromDays(30));
        await _ca.IssueAsync(RequestId.New(), Asked[2]);
        Assert.Null(await _ca.Services.GetRequiredService<KeyExpiry>().ExpireNextAsync(CancellationToken.None));
        Assert.Equal([["Fetched"], ["Issued"], ["Issued"]], Asked.Select(_ca.States));
    }

    [Fact]
    public async Task ReservedButNeverSigned_IsEndedToo()
    {
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare(Asked, DateTimeOffset.UtcNow);
        await _ca.Services.GetRequiredService<IssuanceStore>().ReserveAsync(new IssuanceOrder(_id, OrderKind.Issue, "F1", Asked), made, CancellationToken.None);
        await AgeAsync(TimeSpan.FromDays(3));
        await SweepAsync(1);
        Assert.Equal(3, (await _ca.IssueAsync(RequestId.New(), Asked)).Count);
    }

    [Fact]
    public async Task WhileSigningIsStopped_NothingEnds()
    {
        await _ca.IssueAsync(_id, Asked);
        await AgeAsync(TimeSpan.FromDays(3));
        _ca.Services.GetRequiredService<SigningGate>().Stop("the clock is wrong");
        using var job = ActivatorUtilities.CreateInstance<KeyExpiryJob>(_ca.Services);
        await job.StartAsync(CancellationToken.None);
        await Task.Delay(300);
        await job.StopAsync(CancellationToken.None);
        Assert.All(Asked, number => Assert.Equal(["Issued"], _ca.States(number)));
    }

    private async Task SweepAsync(int expected)
    {
        _ca.Services.GetRequiredService<KeyExpiryJob>().Signal();
        for (var i = 0; i < 1200 && Count("SELECT COUNT(*) FROM issuance_request WHERE expired_at IS NOT NULL") < expected; i++)
            await Task.Delay(50);
        Assert.Equal(expected, Count("SELECT COUNT(*) FROM issuance_request WHERE expired_at IS NOT NULL"));
    }

    private Task AgeAsync(TimeSpan age) => _ca.Services.GetRequiredService<Database>().WriteAsync(
        (connection, transaction) => connection.Execute("UPDATE issuance_request SET received_at = @at", new { at = UtcText.Of(DateTimeOffset.UtcNow - age) }, transaction),
        CancellationToken.None);

    private long Count(string sql) => _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<long>(sql));
}

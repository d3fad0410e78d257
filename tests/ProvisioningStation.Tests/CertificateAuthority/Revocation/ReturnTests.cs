using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.X509;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>What a terminal gives back is revoked once, on record like every other revocation, and can be issued again.</summary>
public sealed class ReturnTests : IAsyncLifetime
{
    private static readonly MachineNumber[] Batch = Numbers("3012", 1, 10);

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Revocation:CrlDelay=00:00:00");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task ReturnedNumbers_AreRevokedOnRecordAndOnTheCrl()
    {
        await _ca.IssueAsync(RequestId.New(), Batch);
        var id = RequestId.New();
        Assert.Equal(3, await ReturnAsync(id, [Batch[1], Batch[2], Batch[7]], "left over"));
        Assert.Equal(
            ["Issued", "Revoked", "Revoked", "Issued", "Issued", "Issued", "Issued", "Revoked", "Issued", "Issued"],
            Batch.Select(number => Assert.Single(_ca.States(number))));
        Assert.Equal(3, Assert.Single(_ca.Query<long>("SELECT COUNT(*) FROM certificate WHERE revocation_reason = 'cessationOfOperation' AND wrapped_key IS NULL AND revoked_at IS NOT NULL")));
        Assert.Equal(3, Assert.Single(_ca.Query<long>("SELECT amount FROM issuance_counter WHERE event = 'Revoked' AND factory = 'F1' AND model = '3012'")));
        Assert.Contains("\"count\":3", Assert.Single(_ca.Query<string>($"SELECT detail FROM audit_event WHERE action = 'Returned' AND actor = 'CommunicationTerminal F1' AND subject = '{id}' AND detail LIKE '%left over%'")), StringComparison.Ordinal);
        Assert.Single(_ca.Query<string>($"SELECT detail FROM audit_event WHERE action = 'Revoked' AND subject = '{Batch[7]}'"));
        var ledger = LedgerReader.ReadLast(Path.Combine(_ca.Data, "issued.ledger"), 1).Single();
        Assert.Equal(["Returned", "Revoked", "Revoked", "Revoked", "Committed"], ledger.Entries.Select(entry => entry.Event));
        Assert.Equal(3, new X509CrlParser().ReadCrl(await _ca.PublishCrlAsync()).GetRevokedCertificates().Count);
    }

    [Fact]
    public async Task ReturnedNumber_CanBeIssuedAgainAndTheSameReturnLeavesTheNewOneAlone()
    {
        await _ca.IssueAsync(RequestId.New(), Batch);
        var id = RequestId.New();
        Assert.Equal(10, await ReturnAsync(id, Batch));
        await _ca.IssueAsync(RequestId.New(), Batch);
        Assert.Equal(10, await ReturnAsync(id, [.. Batch.Reverse()])); // the first answer was lost
        Assert.All(Batch, number => Assert.Equal(["Revoked", "Issued"], _ca.States(number)));
        Assert.Single(_ca.Query<long>("SELECT sequence FROM audit_event WHERE action = 'Returned'"));
        Assert.Equal(10, await ReturnAsync(RequestId.New(), Batch));
        Assert.All(Batch, number => Assert.Equal(["Revoked", "Revoked"], _ca.States(number)));
    }

    [Fact]
    public async Task NumbersWithoutAValidCertificate_AreNoError()
    {
        await _ca.IssueAsync(RequestId.New(), Batch[0], Batch[1]);
        await _ca.RevokeAsync(new RevocationRequest { MachineNumber = Batch[0].ToString(), Reason = "keyCompromise" });
        Assert.Equal(1, await ReturnAsync(RequestId.New(), Batch));
        Assert.Equal(0, await ReturnAsync(RequestId.New(), Batch));
        Assert.Equal("keyCompromise", Assert.Single(_ca.Query<string>($"SELECT revocation_reason FROM certificate WHERE machine_number = '{Batch[0]}'")));
    }

    [Fact]
    public async Task IdOfAnotherRequest_IsRefusedAndNothingIsRevoked()
    {
        var (issued, returned) = (RequestId.New(), RequestId.New());
        await _ca.IssueAsync(issued, Batch);
        Assert.Equal(ErrorCode.RequestIdReused, await RefusalAsync(issued, Batch));
        await ReturnAsync(returned, [Batch[0]]);
        Assert.Equal(ErrorCode.RequestIdReused, await RefusalAsync(returned, [Batch[0], Batch[1]]));
        Assert.Equal(ErrorCode.MalformedRequest, await RefusalAsync(RequestId.New(), [Batch[2], Batch[3], Batch[2]]));
        Assert.All(Batch.Skip(1), number => Assert.Equal(["Issued"], _ca.States(number)));
    }

    [Fact]
    public async Task TenThousand_AreReturnedAtOnceAndOneMoreIsTooMany()
    {
        var numbers = Numbers("3012", 1, 10_000);
        await _ca.IssueAsync(RequestId.New(), numbers);
        Assert.Equal(10_000, await ReturnAsync(RequestId.New(), [.. numbers.Reverse()]));
        Assert.Equal(10_000, Assert.Single(_ca.Query<long>("SELECT COUNT(*) FROM certificate WHERE state = 'Revoked'")));
        Assert.Equal(ErrorCode.RequestTooLarge, await RefusalAsync(RequestId.New(), Numbers("3012", 1, 10_001)));
    }

    [Fact]
    public async Task DatabaseWithoutTheReturn_IsNoticedAsOlderThanTheLedger()
    {
        await _ca.IssueAsync(RequestId.New(), Batch);
        await ReturnAsync(RequestId.New(), Batch);
        await ReturnAsync(RequestId.New(), Batch); // revokes nothing, and is in the ledger all the same
        await _ca.Services.GetRequiredService<Database>().WriteAsync((connection, transaction) => Dapper.SqlMapper.Execute(connection, "DELETE FROM certificate_return WHERE revoked = 0", transaction: transaction), CancellationToken.None);
        await _ca.StartAgainAsync();
        Assert.Equal(ErrorCode.SigningStopped, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 900, 1)))).Code);
    }

    private async Task<ErrorCode> RefusalAsync(RequestId id, MachineNumber[] numbers) => (await Assert.ThrowsAsync<ProvisioningException>(() => ReturnAsync(id, numbers))).Code;

    private async Task<int> ReturnAsync(RequestId id, MachineNumber[] numbers, string? reason = null)
    {
        var answer = await _ca.CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(new ReturnCertificatesRequest(id, numbers, reason));
        Assert.Equal(id, answer.RequestId);
        return answer.Revoked;
    }
}

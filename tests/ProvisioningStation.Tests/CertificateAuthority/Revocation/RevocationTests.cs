using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Revocation;

/// <summary>What a revocation changes, by each kind of target, and what it leaves alone.</summary>
public sealed class RevocationTests : IAsyncLifetime
{
    private static readonly MachineNumber Number = Numbers("3012", 1, 1)[0];

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Revocation:CrlDelay=00:00:00");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task MachineNumber_IsRevokedWithReasonAndItsKeyIsWiped()
    {
        using var certificate = await _ca.IssueOneAsync(Number);
        var answer = await _ca.RevokeAsync(new RevocationRequest { MachineNumber = Number.ToString(), Reason = "keyCompromise", Note = "found on the street" });
        Assert.Equal((1, 0, 0), (answer.Revoked, answer.Changed, answer.AlreadyRevoked));
        Assert.Equal((RevocationOutcome.Revoked, certificate.Serial(), "keyCompromise"), (answer.Items[0].Outcome, answer.Items[0].SerialNumber, answer.Items[0].Reason));
        Assert.Equal("Revoked keyCompromise no key", Assert.Single(_ca.Query<string>("SELECT state || ' ' || revocation_reason || CASE WHEN wrapped_key IS NULL THEN ' no key' ELSE '' END FROM certificate")));
        Assert.Contains("found on the street", Assert.Single(_ca.Query<string>("SELECT detail FROM audit_event WHERE action = 'Revoked' AND actor = 'Administrator administrator' AND subject = '3012-000001'")), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(_ca.Query<long>("SELECT amount FROM issuance_counter WHERE event = 'Revoked' AND factory = 'F1' AND model = '3012'")));
        var entry = LedgerEntry.Read((await File.ReadAllLinesAsync(Path.Combine(_ca.Data, "issued.ledger")))[^2]); // behind it: that it was committed
        Assert.Equal(("Revoked", certificate.Serial(), "keyCompromise"), (entry.Event, entry.SerialNumber, entry.RevocationReason));
    }

    [Fact]
    public async Task RevokedTwice_KeepsTheFirstReasonAndTime()
    {
        await _ca.IssueOneAsync(Number);
        var request = new RevocationRequest { MachineNumber = Number.ToString(), Reason = "cessationOfOperation" };
        var first = await _ca.RevokeAsync(request);
        var second = await _ca.RevokeAsync(request with { Reason = "privilegeWithdrawn" });
        Assert.Equal((0, 0, 1), (second.Revoked, second.Changed, second.AlreadyRevoked));
        Assert.Equal(first.Items[0] with { Outcome = RevocationOutcome.AlreadyRevoked }, second.Items[0]);
        Assert.Single(_ca.Query<string>("SELECT detail FROM audit_event WHERE action = 'Revoked'"));
    }

    [Fact]
    public async Task KeyCompromise_ReplacesAWeakerReasonAndKeepsTheTime()
    {
        using var first = await _ca.IssueOneAsync(Number);
        await _ca.ReissueAsync(RequestId.New(), Number);
        var before = Assert.Single(_ca.Query<string>("SELECT revoked_at FROM certificate WHERE state = 'Superseded'"));
        var answer = await _ca.RevokeAsync(new RevocationRequest { SerialNumber = first.SerialNumber, Reason = "keyCompromise" });
        Assert.Equal(RevocationOutcome.Changed, Assert.Single(answer.Items).Outcome);
        Assert.Equal(before + " keyCompromise", Assert.Single(_ca.Query<string>("SELECT revoked_at || ' ' || revocation_reason FROM certificate WHERE state = 'Superseded'")));
        var again = await _ca.RevokeAsync(new RevocationRequest { SerialNumber = first.SerialNumber, Reason = "superseded" });
        Assert.Equal((0, 0, 1), (again.Revoked, again.Changed, again.AlreadyRevoked));
    }

    [Fact]
    public async Task RevokedNumber_CanBeIssuedAgainAsAFirstOne()
    {
        await _ca.IssueOneAsync(Number);
        await _ca.RevokeAsync(new RevocationRequest { MachineNumber = Number.ToString() });
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.ReissueAsync(RequestId.New(), Number))).Code);
        await _ca.IssueOneAsync(Number);
        Assert.Equal(["Revoked", "Issued"], _ca.States(Number));
        var answer = await _ca.RevokeAsync(new RevocationRequest { MachineNumber = Number.ToString() });
        Assert.Equal(1, answer.Revoked);
        Assert.Single(answer.Items);
    }

    [Fact]
    public async Task Batch_OfTenThousandIsRevokedAtOnceAndNamesThoseThatWereBefore()
    {
        var id = RequestId.New();
        var numbers = Numbers("3012", 1, 10_000);
        await _ca.IssueAsync(id, numbers);
        await _ca.ReissueAsync(RequestId.New(), numbers[7]);
        await _ca.RevokeAsync(new RevocationRequest { MachineNumber = numbers[8].ToString(), Reason = "keyCompromise" });
        var dry = await _ca.RevokeAsync(new RevocationRequest { RequestId = id.ToString(), Reason = "superseded", DryRun = true });
        Assert.Equal((true, 9_998, 2), (dry.DryRun, dry.Revoked, dry.AlreadyRevoked));
        Assert.Equal(1, Assert.Single(_ca.Query<long>("SELECT COUNT(*) FROM certificate WHERE state = 'Revoked'")));

        var started = Stopwatch.GetTimestamp();
        var answer = await _ca.RevokeAsync(new RevocationRequest { RequestId = id.ToString(), Reason = "privilegeWithdrawn" });
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 5);
        Assert.Equal((9_998, 0, 2), (answer.Revoked, answer.Changed, answer.AlreadyRevoked));
        Assert.Equal([numbers[7].ToString(), numbers[8].ToString()], answer.Items.Where(item => item.Outcome == RevocationOutcome.AlreadyRevoked).Select(item => item.MachineNumber));
        Assert.Equal(["Superseded", "Issued"], _ca.States(numbers[7])); // its successor is of another request
        Assert.Equal(1, Assert.Single(_ca.Query<long>("SELECT COUNT(*) FROM certificate WHERE wrapped_key IS NOT NULL")));
        Assert.Contains("\"count\":9998", Assert.Single(_ca.Query<string>($"SELECT detail FROM audit_event WHERE action = 'Revoked' AND subject = '{id}'")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RevokedBeforeItWasFetched_IsNotHandedOutAgain()
    {
        var id = RequestId.New();
        var numbers = Numbers("A123", 1, 3);
        await _ca.IssueAsync(id, numbers);
        await _ca.RevokeAsync(new RevocationRequest { MachineNumber = numbers[1].ToString() });
        Assert.Equal([numbers[0], numbers[2]], (await _ca.IssueAsync(id, numbers)).Select(pack => pack.MachineNumber!.Value));
    }

    [Theory]
    [InlineData("certificateHold", "lifted")]
    [InlineData("removeFromCRL", "comes back")]
    [InlineData("aACompromise", "attribute")]
    [InlineData("KeyCompromise", "Allowed: unspecified, keyCompromise")]
    public async Task ReasonThatIsNotUsed_IsRefusedWithWhy(string reason, string why)
    {
        await _ca.IssueOneAsync(Number);
        using var response = await _ca.PostAsync(new RevocationRequest { MachineNumber = Number.ToString(), Reason = reason });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(why, (await response.Content.ReadFromJsonAsync<ProblemDetails>())!.Detail, StringComparison.Ordinal);
        Assert.Equal(["Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task TargetThatIsNotOne_IsRefused()
    {
        foreach (var (request, status) in new[]
        {
            (new RevocationRequest(), HttpStatusCode.BadRequest),
            (new RevocationRequest { MachineNumber = "3012-000001", SerialNumber = new string('4', 40) }, HttpStatusCode.BadRequest),
            (new RevocationRequest { MachineNumber = "3012-1" }, HttpStatusCode.BadRequest),
            (new RevocationRequest { SerialNumber = "12 OR 1=1" }, HttpStatusCode.BadRequest),
            (new RevocationRequest { RequestId = "x" }, HttpStatusCode.BadRequest),
            (new RevocationRequest { MachineNumber = "3012-000001", Note = new string('x', 401) }, HttpStatusCode.BadRequest),
            (new RevocationRequest { MachineNumber = "3012-999999" }, HttpStatusCode.NotFound),
            (new RevocationRequest { SerialNumber = new string('4', 40), DryRun = true }, HttpStatusCode.NotFound),
            (new RevocationRequest { RequestId = RequestId.New().ToString() }, HttpStatusCode.NotFound),
        })
        {
            using var response = await _ca.PostAsync(request);
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("approver")]
    [InlineData("auditor")]
    [InlineData("operator")]
    [InlineData("communication-terminal")]
    public async Task OnlyAnAdministrator_MayRevoke(string part)
    {
        await _ca.IssueOneAsync(Number);
        using var response = await _ca.PostAsync(new RevocationRequest { MachineNumber = Number.ToString() }, part);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(["Issued"], _ca.States(Number));
    }

    [Fact]
    public async Task ReservedCertificate_IsRevokedAndNeverSigned()
    {
        var id = RequestId.New();
        var store = _ca.Services.GetRequiredService<IssuanceStore>();
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare([Number], DateTimeOffset.UtcNow);
        await store.ReserveAsync(new IssuanceOrder(id, OrderKind.Issue, "F1", [Number]), made, CancellationToken.None);
        await _ca.RevokeAsync(new RevocationRequest { MachineNumber = Number.ToString() });
        Assert.Equal(ErrorCode.Conflict, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(id, Number))).Code);
        Assert.Equal(0, Assert.Single(_ca.Query<long>("SELECT COUNT(signature) FROM certificate")));
        Assert.Equal(["Revoked"], _ca.States(Number));
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>Damage and meddling: found, said, and nothing is signed until an administrator decides.</summary>
public sealed class IntegrityTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync("--Issuance:SliceSize=5");
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 20));
        await _ca.ReissueAsync(RequestId.New(), Numbers("3012", 3, 1)[0]);
    }

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task UntouchedStore_IsFoundWhole()
    {
        await _ca.StartAgainAsync();
        var status = await CheckAsync();
        Assert.False(status.Stopped);
        Assert.True(status.CheckedEntries > 5);
        Assert.NotNull(status.CheckedAt);
    }

    [Fact]
    public async Task BitFlippedInACertificate_StopsSigningUntilAnAdministratorDecides()
    {
        var (first, second) = (ToBeSigned("3012-000007"), ToBeSigned("3012-000015"));
        await StopAsync();
        StoppedFiles.FlipContent(_ca, first);
        await _ca.StartAgainAsync();
        Assert.All((await CheckAsync()).Reasons, reason => Assert.Contains("certificates from row", reason, StringComparison.Ordinal));
        await AssertStoppedAsync();

        await ResumeAsync();
        Assert.False((await CheckAsync()).Stopped); // the same finding does not come again
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 100, 1));

        await StopAsync();
        StoppedFiles.FlipContent(_ca, second);
        await _ca.StartAgainAsync();
        Assert.True((await CheckAsync()).Stopped); // a new one does
    }

    [Fact]
    public async Task SpoiledPageOfCertificates_IsFound()
    {
        var content = ToBeSigned("3012-000007");
        await StopAsync();
        StoppedFiles.SpoilPage(_ca, content);
        await _ca.StartAgainAsync();
        Assert.Contains((await CheckAsync()).Reasons, reason => reason.Contains("The database is damaged", StringComparison.Ordinal));
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task SpoiledPageMetByACaller_StopsSigningWithoutACheck()
    {
        var content = ToBeSigned("3012-000007");
        await StopAsync();
        StoppedFiles.SpoilPage(_ca, content);
        await _ca.StartAgainAsync();
        await Assert.ThrowsAnyAsync<ProvisioningException>(() => _ca.ReissueAsync(RequestId.New(), Numbers("3012", 7, 1)[0]));
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task SpoiledPageOfTheAuditTrail_IsFoundAtTheStart()
    {
        await StopAsync();
        StoppedFiles.SpoilPage(_ca, StoppedFiles.Text("IssueReserved"));
        await _ca.StartAgainAsync();
        await AssertStoppedAsync();
    }

    [Theory]
    [InlineData("UPDATE audit_event SET detail = 'forged' WHERE sequence = 4", "entry 4 (Changed)")]
    [InlineData("UPDATE audit_event SET actor = 'Somebody' WHERE sequence = 2", "entry 2 (Changed)")]
    [InlineData("DELETE FROM audit_event WHERE sequence = 3", "entry 3 (Removed)")]
    [InlineData("DELETE FROM audit_event WHERE sequence BETWEEN 2 AND 5", "entry 2 (Removed)")]
    [InlineData("UPDATE audit_event SET sequence = CASE sequence WHEN 2 THEN -4 ELSE -2 END WHERE sequence IN (2, 4); UPDATE audit_event SET sequence = -sequence WHERE sequence < 0", "entry 2 (Reordered)")]
    [InlineData("UPDATE audit_checkpoint SET hash = '0000000000000000000000000000000000000000000000000000000000000001'", "(CheckpointInvalid)")]
    public async Task ChangedTrail_IsNamedAtItsFirstBadEntry(string sql, string said)
    {
        await StopAsync();
        StoppedFiles.Execute(_ca, sql);
        await _ca.StartAgainAsync();
        Assert.Contains(said, (await CheckAsync()).Reasons[0], StringComparison.Ordinal);
        await AssertStoppedAsync();
        await ResumeAsync();
        Assert.False((await CheckAsync()).Stopped);
    }

    [Fact]
    public async Task CutOffTrail_IsFoundAtTheStartEvenWithItsCheckpoints()
    {
        await StopAsync();
        var last = StoppedFiles.Ask<long>(_ca, "SELECT MAX(sequence) FROM audit_event");
        StoppedFiles.Execute(_ca, "DELETE FROM audit_event WHERE sequence > @last - 2; DELETE FROM audit_checkpoint WHERE sequence > @last - 2", new { last });
        await _ca.StartAgainAsync();
        Assert.Contains($"entry {last - 1} (CutOff)", (await StatusAsync()).Reasons[0], StringComparison.Ordinal);
        await AssertStoppedAsync();
        await ResumeAsync();
        await _ca.StartAgainAsync();
        Assert.False((await StatusAsync()).Stopped);
    }

    [Fact]
    public async Task LastEntryChanged_IsFoundAtTheStart()
    {
        await StopAsync();
        StoppedFiles.Execute(_ca, "UPDATE audit_event SET outcome = 'Refused' WHERE sequence = (SELECT MAX(sequence) FROM audit_event)");
        await _ca.StartAgainAsync();
        Assert.Contains("(Changed)", (await StatusAsync()).Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatabaseThatWasPutBack_IsFoundByTheLedger()
    {
        await StopAsync();
        var file = Path.Combine(_ca.Data, "certificate-authority.db");
        File.Copy(file, file + ".old");
        await _ca.StartAgainAsync();
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 200, 2));
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 300, 2));
        await StopAsync();
        File.Move(file + ".old", file, overwrite: true);
        await _ca.StartAgainAsync();
        Assert.Contains((await StatusAsync()).Reasons, reason => reason.Contains("older than the ledger", StringComparison.Ordinal));
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task RecordedMomentInTheFuture_StopsSigningUntilAnAdministratorDecides()
    {
        var ahead = new AuditTrail(_ca.Services.GetRequiredService<Database>(), new SettableTime(DateTimeOffset.UtcNow.AddHours(3)));
        await ahead.AppendAsync("Test", "Test", "clock", "Done", string.Empty, CancellationToken.None);
        await _ca.StartAgainAsync();
        Assert.Contains("the clock was set back", await AssertStoppedAsync(), StringComparison.Ordinal);
        await _ca.StartAgainAsync();
        await AssertStoppedAsync();
        await ResumeAsync();
        await _ca.StartAgainAsync();
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 100, 1));
    }

    [Fact]
    public async Task ResumeWithoutAReason_IsRefused()
    {
        using var answer = await Http("administrator").PostAsJsonAsync("api/signing/resume", new ResumeSigning(" "));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var needless = await Http("administrator").PostAsJsonAsync("api/signing/resume", new ResumeSigning("just so"));
        Assert.Equal(HttpStatusCode.Conflict, needless.StatusCode);
        using var operators = await Http("operator").PostAsJsonAsync("api/signing/resume", new ResumeSigning("just so"));
        Assert.Equal(HttpStatusCode.Forbidden, operators.StatusCode);
    }

    private byte[] ToBeSigned(string number) => _ca.Services.GetRequiredService<Database>().Read(connection =>
        connection.QuerySingle<byte[]>("SELECT to_be_signed FROM certificate WHERE machine_number = @number", new { number }))[^120..];

    private Task StopAsync() => _ca.StopAsync();

    private HttpClient Http(string part) => _ca.Http(_ca.Identity(part));

    private async Task<SigningStatus> StatusAsync() => (await Http("operator").GetFromJsonAsync<SigningStatus>("api/signing", JsonForm.Options))!;

    private async Task<SigningStatus> CheckAsync()
    {
        using var answer = await Http("auditor").PostAsync("api/signing/check", null);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SigningStatus>(JsonForm.Options))!;
    }

    private async Task ResumeAsync()
    {
        using var answer = await Http("administrator").PostAsJsonAsync("api/signing/resume", new ResumeSigning("looked at it"));
        Assert.False((await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SigningStatus>(JsonForm.Options))!.Stopped);
        var last = _ca.Services.GetRequiredService<Database>().Read(connection =>
            connection.QueryFirst<(string Actor, string Detail)>("SELECT actor, detail FROM audit_event WHERE action = 'SigningResumed' ORDER BY sequence DESC"));
        Assert.Equal("Administrator administrator", last.Actor);
        Assert.StartsWith("looked at it", last.Detail, StringComparison.Ordinal);
    }

    /// <summary>Nothing is signed, and everybody is told why.</summary>
    private async Task<string> AssertStoppedAsync()
    {
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 900, 1)));
        Assert.Equal(ErrorCode.SigningStopped, refused.Code);
        Assert.True((await StatusAsync()).Stopped);
        var health = await Http("operator").GetFromJsonAsync<JsonElement>("health");
        Assert.Equal("degraded", health.GetProperty("status").GetString());
        return refused.Message;
    }
}

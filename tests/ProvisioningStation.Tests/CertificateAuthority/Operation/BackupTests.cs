using System.Net;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Operation.Backups;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>Backup, a lost database, restore: nothing is forgotten that was reserved, and nothing comes back that was revoked.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private static readonly MachineNumber[] Before = Numbers("3012", 1, 6);
    private static readonly MachineNumber[] After = Numbers("3012", 100, 4);

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Backup:Keep=2", "--Backup:Interval=00:00:00");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task RestoredDatabase_KnowsWhatTheLedgerKnowsAndBringsNothingBack()
    {
        var first = RequestId.New();
        var open = RequestId.New();
        await _ca.IssueAsync(first, Before);
        var backup = await BackUpAsync();

        await _ca.AcknowledgeAsync(first);
        var later = RequestId.New();
        await _ca.IssueAsync(later, After);
        await _ca.IssueAsync(open, Numbers("3012", 200, 1));
        await _ca.ReissueAsync(RequestId.New(), Before[0]); // of the backup
        await _ca.ReissueAsync(RequestId.New(), After[0]); // of later
        await RevokeAsync(Before[1]);
        await RevokeAsync(After[1]);
        var back = new ReturnCertificatesRequest(RequestId.New(), [Before[5]]);
        await _ca.CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(back);
        await _ca.IssueAsync(RequestId.New(), Before[5]); // anew, behind the return
        var states = States();
        await _ca.StopAsync();
        File.Delete(DatabaseFile);

        Restore(backup);
        await _ca.StartAgainAsync();
        Assert.Equal(ErrorCode.SigningStopped, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 900, 1)))).Code);
        var restored = States();
        Assert.Equal(states.Keys, restored.Keys);
        foreach (var (serial, (number, state)) in states)
        {
            var expected = state == "Issued" ? "Fetched" : state; // its keys are gone
            Assert.Equal((number, expected), restored[serial]);
        }

        Assert.Equal(0, Ask("SELECT COUNT(wrapped_key) FROM certificate"));
        await ResumeAsync();

        // No number gets a second certificate, the same requests give nothing new, and the life goes on.
        foreach (var number in Before.Skip(2).Concat(After.Skip(2)))
            Assert.Equal(ErrorCode.AlreadyIssued, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), number))).Code);
        Assert.Equal(ErrorCode.AlreadyAcknowledged, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(later, After))).Code);
        Assert.Equal(ErrorCode.RequestIdReused, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(later, Numbers("3012", 700, 1)))).Code);
        await _ca.ReissueAsync(RequestId.New(), After[2]);
        Assert.Equal(["Superseded", "Issued"], _ca.States(After[2]));
        Assert.Equal(1, (await _ca.CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(back)).Revoked);
        Assert.Equal(["Revoked", "Fetched"], _ca.States(Before[5]));
        await _ca.StartAgainAsync();
        using var check = await Http("auditor").PostAsync("api/signing/check", null);
        Assert.False((await check.Content.ReadFromJsonAsync<SigningStatus>(JsonForm.Options))!.Stopped);
    }

    [Fact]
    public async Task RestoredAuthority_ServesNoCrlThatLacksWhatWasRevokedSince()
    {
        await _ca.IssueAsync(RequestId.New(), Before);
        using var http = new HttpClient { BaseAddress = _ca.PublicAddress };
        await UntilServedAsync(http);
        var backup = await BackUpAsync();
        await RevokeAsync(Before[1]);
        var published = Ask("SELECT MAX(number) FROM crl");
        await _ca.StopAsync();
        Restore(backup);
        await _ca.StartAgainAsync();
        using var again = new HttpClient { BaseAddress = _ca.PublicAddress };
        Assert.Equal(HttpStatusCode.NotFound, (await again.GetAsync("crl/devices-1.crl")).StatusCode);
        await ResumeAsync();
        await UntilServedAsync(again);
        Assert.True(Ask("SELECT MAX(number) FROM crl") > published + 1);
        Assert.Equal(1, Ask("SELECT entries FROM crl ORDER BY number DESC LIMIT 1"));
    }

    [Fact]
    public async Task FirstCertificatesSinceTheBackup_AreChargedWhoeverMadeTheirKeys()
    {
        var backup = await BackUpAsync();
        await _ca.IssueAsync(RequestId.New(), After);
        await _ca.CallAsync<SignCertificateRequestRequest, SignCertificateRequestResponse>(new SignCertificateRequestRequest(RequestId.New(), Before[0], BoardMade.Request(string.Empty)));
        await _ca.ReissueAsync(RequestId.New(), After[0]);
        var used = Ask("SELECT used FROM quota WHERE model = '3012'");
        Assert.Equal(After.Length + 1, used);
        await _ca.StopAsync();
        Restore(backup);
        await _ca.StartAgainAsync();
        Assert.Equal(used, Ask("SELECT used FROM quota WHERE model = '3012'"));
    }

    [Fact]
    public async Task RolledBackReservation_EndsNothingThatIsValid()
    {
        await _ca.IssueAsync(RequestId.New(), Before[..2]);
        var backup = await BackUpAsync();
        var valid = States().Keys.ToList();
        await _ca.StopAsync();

        // What a kill between ledger and database leaves, before the next start has withdrawn it: for a number of the backup, and twice for a new one.
        var lines = new List<string>();
        foreach (var (number, serial) in new[] { (Before[0], "40aa"), (After[0], "40bb"), (After[0], "40cc") })
        {
            var id = RequestId.New();
            lines.Add("""{"event":"Transaction"}""");
            lines.Add($$"""{"event":"Requested","requestId":"{{id}}","caller":"F1","kind":"Issue","contentSha256":"00"}""");
            lines.Add($$"""{"event":"Reserved","requestId":"{{id}}","serialNumber":"{{serial}}","caller":"F1","machineNumber":"{{number}}","issuer":1,"notAfter":"2050-01-01T00:00:00.000Z"}""");
        }

        await File.AppendAllLinesAsync(Path.Combine(_ca.Data, "issued.ledger"), lines);
        Restore(backup);
        await _ca.StartAgainAsync();
        var restored = States();
        Assert.All(valid, serial => Assert.Equal("Issued", restored[serial].State));
        Assert.Equal(["Superseded", "Superseded", "Fetched"], new[] { "40aa", "40bb", "40cc" }.Select(serial => restored[serial].State));
    }

    [Fact]
    public async Task RestoreWhileTheServiceRuns_IsRefused()
    {
        var backup = await BackUpAsync();
        Assert.Contains("in use by another process", Assert.Throws<ConfigurationException>(() => Restore(backup)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangedBackup_IsRefusedAndTheDatabaseStays()
    {
        var backup = await BackUpAsync();
        await _ca.StopAsync();
        var file = Path.Combine(_ca.Data, "backups", backup.File);
        var content = await File.ReadAllBytesAsync(file);
        content[^100] ^= 1;
        await File.WriteAllBytesAsync(file, content);
        Assert.Contains("SHA-256", Assert.Throws<ConfigurationException>(() => Restore(backup)).Message, StringComparison.Ordinal);
        File.Delete(file + ".json");
        Assert.Contains("manifest", Assert.Throws<ConfigurationException>(() => Restore(backup)).Message, StringComparison.Ordinal);
        await _ca.StartAgainAsync();
        await _ca.IssueAsync(RequestId.New(), Before);
    }

    [Fact]
    public async Task BackupOfAnotherCa_IsRefusedAndNothingIsTouched()
    {
        await using var other = await StartAsync();
        var foreign = await other.Services.GetRequiredService<BackupFiles>().MakeAsync("test", CancellationToken.None);
        await _ca.StopAsync();
        var file = Path.Combine(other.Data, "backups", foreign.File);
        Assert.Contains("another CA", Assert.Throws<ConfigurationException>(() => RestoreCommand.Run([.. _ca.Arguments(), "--from", file])).Message, StringComparison.Ordinal);
        await _ca.StartAgainAsync();
        await _ca.IssueAsync(RequestId.New(), Before); // signing was not stopped for it
    }

    [Fact]
    public async Task OldBackups_AreDeletedAndTheListSaysWhatIsKept()
    {
        var made = new List<BackupSummary>();
        for (var i = 0; i < 3; i++)
            made.Add(await BackUpAsync());
        var page = await Http("operator").GetFromJsonAsync<Page<BackupSummary>>("api/backups", JsonForm.Options);
        Assert.Equal([made[2], made[1]], page!.Items);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(_ca.Data, "backups")).Length);
        Assert.True(made[2].AuditSequence > made[0].AuditSequence);
        Assert.All(page.Items, backup => Assert.Equal(backup.Sha256, BackupFiles.Sha256(Path.Combine(_ca.Data, "backups", backup.File))));
        Assert.Equal(HttpStatusCode.Forbidden, (await Http("operator").PostAsync("api/backups", null)).StatusCode);
    }

    [Fact]
    public async Task ScheduledBackup_IsMadeByItself()
    {
        await using var ca = await StartAsync();
        var folder = Path.Combine(ca.Data, "backups");
        for (var tries = 0; tries < 3000 && !(Directory.Exists(folder) && Directory.GetFiles(folder, "*.db.json").Length == 1); tries++)
            await Task.Delay(20);
        Assert.Single(ca.Services.GetRequiredService<BackupFiles>().List());
    }

    private string DatabaseFile => Path.Combine(_ca.Data, "certificate-authority.db");

    private HttpClient Http(string part) => _ca.Http(_ca.Identity(part));

    private static async Task UntilServedAsync(HttpClient http)
    {
        for (var tries = 0; tries < 1000 && (await http.GetAsync("crl/devices-1.crl")).StatusCode != HttpStatusCode.OK; tries++)
            await Task.Delay(20);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("crl/devices-1.crl")).StatusCode);
    }

    private async Task<BackupSummary> BackUpAsync()
    {
        using var answer = await Http("administrator").PostAsync("api/backups", null);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<BackupSummary>(JsonForm.Options))!;
    }

    private void Restore(BackupSummary backup) => RestoreCommand.Run([.. _ca.Arguments(), "--from", Path.Combine(_ca.Data, "backups", backup.File)]);

    private async Task ResumeAsync()
    {
        using var answer = await Http("administrator").PostAsJsonAsync("api/signing/resume", new ResumeSigning("report read"));
        answer.EnsureSuccessStatusCode();
    }

    private async Task RevokeAsync(MachineNumber number)
    {
        using var answer = await Http("administrator").PostAsJsonAsync("api/revocations", new { machineNumber = number.ToString(), reason = "keyCompromise" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private SortedDictionary<string, (string Number, string State)> States() => new(
        _ca.Services.GetRequiredService<Database>().Read(connection => connection.Query<(string Serial, string Number, string State)>("SELECT serial_number, machine_number, state FROM certificate").ToDictionary(row => row.Serial, row => (row.Number, row.State))),
        StringComparer.Ordinal);

    private long Ask(string sql) => _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<long>(sql));
}

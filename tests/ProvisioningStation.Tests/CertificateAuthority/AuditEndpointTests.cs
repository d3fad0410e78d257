using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>The audit trail as auditors read it from the running CA.</summary>
public sealed class AuditEndpointTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:SliceSize=2");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Export_VerifiesFromTheFirstEntryToTheLast()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 5));
        await Http().PostAsync("api/audit/checkpoints", null);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 10, 3));
        var lines = await ExportAsync();
        using var identity = _ca.Identity("auditor");
        var chain = new AuditChain();
        foreach (var line in lines)
        {
            if (line.Event is { } entry)
                chain.Read(entry);
            else
                chain.Read(line.Checkpoint!, identity.Root, Role.CertificateAuthority);
        }

        chain.End();
        Assert.Empty(chain.Findings);
        Assert.True(chain.Anchors >= 2);
        Assert.Equal(chain.Sequence, lines[^1].Checkpoint!.Sequence);
        Assert.Contains(lines, line => line.Event?.Action == "IssueReserved");
    }

    [Fact]
    public async Task ExportFromAnEntryOn_BeginsThere()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 5));
        var lines = await ExportAsync("?from=3");
        Assert.Equal(3, lines.First(line => line.Event is not null).Event!.Sequence);
    }

    [Fact]
    public async Task Checkpoint_IsSignedWithTheAuthoritysCertificateAndStandsInTheLedgerToo()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        var answer = await Http().PostAsync("api/audit/checkpoints", null);
        var checkpoint = (await answer.Content.ReadFromJsonAsync<AuditCheckpoint>(JsonForm.Options))!;
        using var identity = _ca.Identity("auditor");
        Assert.Null(CheckpointSeal.FindProblem(checkpoint, identity.Root, Role.CertificateAuthority));
        Assert.Contains("signature", CheckpointSeal.FindProblem(checkpoint with { Sequence = 1 }, identity.Root, Role.CertificateAuthority), StringComparison.Ordinal);
        using var terminal = _ca.Identity("communication-terminal");
        var forged = CheckpointSeal.Sign(terminal, checkpoint.Sequence, checkpoint.Hash, DateTimeOffset.UtcNow);
        Assert.Contains("no CertificateAuthority", CheckpointSeal.FindProblem(forged, identity.Root, Role.CertificateAuthority), StringComparison.Ordinal);
        using var shared = new FileStream(Path.Combine(_ca.Data, "issued.ledger"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(shared);
        Assert.Contains($"\"sequence\":{checkpoint.Sequence},\"hash\":\"{checkpoint.Hash}\"", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_GoBackToTheFirstEntryWithoutAGap()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 9));
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = await Http().GetFromJsonAsync<Page<AuditEvent>>($"api/audit?limit=2&action=Issued&actor=Program{(cursor is null ? string.Empty : "&cursor=" + cursor)}", JsonForm.Options);
            seen.AddRange(page!.Items.Select(entry => entry.Sequence));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(5, seen.Count);
        Assert.Equal(seen.OrderDescending().Distinct(), seen);
    }

    [Fact]
    public async Task RoleAlone_FindsWhatItsHoldersDid()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        var page = await Http().GetFromJsonAsync<Page<AuditEvent>>("api/audit?actor=CommunicationTerminal&to=2999-01-01T00:00:00Z&from=2020-01-01T00:00:00Z", JsonForm.Options);
        Assert.Contains(page!.Items, entry => entry is { Actor: "CommunicationTerminal F1", Action: "IssueReserved" });
        Assert.All(page.Items, entry => Assert.StartsWith("CommunicationTerminal ", entry.Actor, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("approver")]
    [InlineData("communication-terminal")]
    public async Task OthersThanAuditorAndAdministrator_AreRefused(string part)
    {
        foreach (var path in new[] { "api/audit", "api/audit/export", "api/audit/checkpoints" })
            Assert.Equal(HttpStatusCode.Forbidden, (await _ca.Http(_ca.Identity(part)).GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task ManyEvents_MakeACheckpointByThemselves()
    {
        await using var ca = await StartAsync("--Audit:CheckpointEvents=3", "--Issuance:SliceSize=1");
        await ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 8));
        var book = ca.Services.GetRequiredService<CheckpointBook>();
        for (var tries = 0; (book.FindLast()?.Sequence ?? 0) < 6 && tries < 3000; tries++)
            await Task.Delay(20);
        Assert.True(book.FindLast()!.Sequence >= 6);
    }

    [Fact]
    public async Task GracefulStop_LeavesACheckpointBehindTheLastEvent()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 4));
        await _ca.StopAsync();
        using var database = new Database(Path.Combine(_ca.Data, "certificate-authority.db"), typeof(ProvisioningStation.CertificateAuthority.CertificateAuthorityApp).Assembly);
        var (last, signed) = database.Read(connection => connection.QuerySingle<(long, long)>("SELECT (SELECT MAX(sequence) FROM audit_event), (SELECT MAX(sequence) FROM audit_checkpoint)"));
        Assert.Equal(last, signed);
    }

    private HttpClient Http() => _ca.Http(_ca.Identity("auditor"));

    private async Task<List<AuditLine>> ExportAsync(string query = "") =>
        [.. (await Http().GetStringAsync("api/audit/export" + query)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<AuditLine>(line, JsonForm.Options)!)];
}

using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>The ledger after power cuts, rolled-back transactions and a full disk.</summary>
public sealed class LedgerTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    private string File => Path.Combine(_ca.Data, "issued.ledger");

    public async Task InitializeAsync()
    {
        _ca = await StartAsync();
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 3));
    }

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task TornLastLine_IsCutOff()
    {
        await _ca.StopAsync();
        var before = await System.IO.File.ReadAllTextAsync(File);
        await System.IO.File.AppendAllTextAsync(File, LedgerEntry.TransactionLine + "\n{\"event\":\"Reserved\",\"serialNu");
        await _ca.StartAgainAsync();
        Assert.Null(await StoppedAsync());
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 10, 1));
        await _ca.StopAsync();
        var after = await System.IO.File.ReadAllTextAsync(File);
        Assert.StartsWith(before + LedgerEntry.TransactionLine + "\n", after, StringComparison.Ordinal);
        Assert.DoesNotContain("\"serialNu\n", after, StringComparison.Ordinal);
        Assert.All(LedgerReader.ReadAll(File), transaction => Assert.Equal(0, transaction.Unreadable));
    }

    [Fact]
    public async Task TransactionThatAKillEnded_IsWithdrawn()
    {
        await _ca.StopAsync();
        await System.IO.File.AppendAllTextAsync(File, $"{LedgerEntry.TransactionLine}\n{LedgerEntry.Ended("Revoked", "40aa", "2026-01-01T00:00:00.000Z", "keyCompromise")}\n");
        await _ca.StartAgainAsync();
        Assert.Null(await StoppedAsync());
        await _ca.StopAsync();
        Assert.Single(LedgerReader.ReadAll(File), transaction => transaction.IsWithdrawn && transaction.Entries[0].SerialNumber == "40aa");
    }

    [Fact]
    public async Task DatabasePutBackByASingleTransaction_IsNoticed()
    {
        await _ca.StopAsync();
        var database = Path.Combine(_ca.Data, "certificate-authority.db");
        var earlier = await System.IO.File.ReadAllBytesAsync(database);
        var before = await System.IO.File.ReadAllTextAsync(File);
        await _ca.StartAgainAsync();
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 50, 1));
        await _ca.StopAsync();
        var since = (await System.IO.File.ReadAllTextAsync(File))[before.Length..];
        await System.IO.File.WriteAllBytesAsync(database, earlier);
        await System.IO.File.WriteAllTextAsync(File, before + WithoutCheckpoints(since)); // as a kill before the first checkpoint leaves it
        await _ca.StartAgainAsync();
        Assert.Contains("older than the ledger", await StoppedAsync(), StringComparison.Ordinal);
        Assert.Equal(ErrorCode.SigningStopped, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 50, 1)))).Code);
    }

    [Fact]
    public async Task RevokedCertificateMadeValidInTheDatabase_IsFoundByTheCheck()
    {
        await _ca.ReissueAsync(RequestId.New(), Numbers("3012", 2, 1)[0]);
        using var revoked = await _ca.Http(_ca.Identity("administrator")).PostAsJsonAsync("api/revocations", new { machineNumber = "3012-000001", reason = "keyCompromise" });
        revoked.EnsureSuccessStatusCode();
        Assert.Empty((await CheckAsync()).Reasons);
        await _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) => connection.Execute("UPDATE certificate SET state = 'Issued', revoked_at = NULL, revocation_reason = NULL WHERE state = 'Revoked'", transaction: transaction),
            CancellationToken.None);
        Assert.Contains("the database does not say so any more", (await CheckAsync()).Reasons.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnreadableLineInTheMiddle_IsReported()
    {
        await _ca.StopAsync();
        var lines = await System.IO.File.ReadAllLinesAsync(File);
        lines[2] = lines[2][..20];
        await System.IO.File.WriteAllLinesAsync(File, lines);
        await _ca.StartAgainAsync();
        Assert.Contains((await CheckAsync()).Reasons, reason => reason.Contains("1 unreadable lines", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LedgerThatWasTakenAway_IsReportedAtTheStart()
    {
        await _ca.StopAsync();
        System.IO.File.Delete(File);
        await _ca.StartAgainAsync();
        Assert.Contains("it was cut or replaced", await StoppedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedRequest_LeavesNothingInTheLedger()
    {
        var length = _ca.Services.GetRequiredService<IssuedLedger>().Length;
        await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 2, 9)));
        Assert.Equal(length, _ca.Services.GetRequiredService<IssuedLedger>().Length);
    }

    [Fact]
    public async Task DiskFullInABatch_IsSaidAndTheSameRequestGoesOnWhenThereIsRoom()
    {
        var database = _ca.Services.GetRequiredService<Database>();
        var numbers = Numbers("3012", 1000, 400);
        var id = RequestId.New();
        await LimitAsync(database, "(SELECT page_count + 40 FROM pragma_page_count)");
        var length = _ca.Services.GetRequiredService<IssuedLedger>().Length;
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(id, numbers));
        Assert.Equal(ErrorCode.StorageFull, refused.Code);
        Assert.Equal(length, _ca.Services.GetRequiredService<IssuedLedger>().Length);
        await LimitAsync(database, "1000000");
        Assert.Equal(numbers, (await _ca.IssueAsync(id, numbers)).Select(pack => pack.MachineNumber!.Value));
        Assert.Equal(400, database.Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM certificate WHERE machine_number >= '3012-001000'")));
        await _ca.StartAgainAsync();
        Assert.Null(await StoppedAsync());
    }

    private static Task LimitAsync(Database database, string pages) => database.WriteAsync(
        (connection, transaction) => connection.Execute($"PRAGMA max_page_count = {connection.ExecuteScalar<long>($"SELECT {pages}", transaction: transaction)}", transaction: transaction),
        CancellationToken.None);

    private static string WithoutCheckpoints(string lines)
    {
        var begin = LedgerEntry.TransactionLine + "\n";
        var transactions = lines.Split(begin, StringSplitOptions.RemoveEmptyEntries);
        var kept = transactions.Where(transaction => !transaction.Contains(LedgerEntry.CheckpointEvent, StringComparison.Ordinal)).ToList();
        Assert.True(kept.Count is > 0 && kept.Count < transactions.Length, "the stop leaves a checkpoint, and the issue its own lines");
        return string.Concat(kept.Select(transaction => begin + transaction));
    }

    private async Task<SigningStatus> CheckAsync()
    {
        using var answer = await _ca.Http(_ca.Identity("auditor")).PostAsync("api/signing/check", null);
        return (await answer.Content.ReadFromJsonAsync<SigningStatus>(JsonForm.Options))!;
    }

    private async Task<string?> StoppedAsync() =>
        (await _ca.Http(_ca.Identity("operator")).GetFromJsonAsync<SigningStatus>("api/signing", JsonForm.Options))!.Reasons is [var first, ..] ? first : null;
}

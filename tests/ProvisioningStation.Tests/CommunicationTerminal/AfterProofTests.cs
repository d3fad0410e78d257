using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>What becomes of a pack once its unit is proved (P-20): in the table, in the files, and in the answers that come after.</summary>
public sealed class AfterProofTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
        await _terminal.PlanAsync(_terminal.Row("3012", 5));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Theory]
    [InlineData("KeepWithFlag", true, true)]
    [InlineData("PurgeKey", true, false)]
    [InlineData("DeleteRow", false, false)]
    public async Task Proof_DoesWhatTheSettingSays(string setting, bool keepsRow, bool keepsKey)
    {
        await _terminal.RestartAsync($"--Store:AfterProof={setting}");
        var (certificate, key) = Bytes(Number);
        var fingerprint = await ProveAsync(Number);
        Assert.Equal(keepsRow ? 1 : 0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number"));
        Assert.Equal(keepsKey ? 1 : 0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.Equal((keepsRow, keepsKey), (IsOnDisk(certificate), IsOnDisk(key)));

        // Whatever is asked or reported again is answered as before.
        await _terminal.ReceiptAsync(Number, 1);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 1, succeeded: true, fingerprint: fingerprint));
        await _terminal.ProofAsync(Number, 1, fingerprint: fingerprint);
        await RefusedAsync(ErrorCode.ProofFailed, () => _terminal.ProofAsync(Number, 1, fingerprint: Fingerprint.Of([1])));
        await RefusedAsync(ErrorCode.WrongAttempt, () => _terminal.ProofAsync(Number, 2));
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.ResultAsync(Number, 1, succeeded: false));
        await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.RequestAsync(Number));
        var unit = await _terminal.GetUnitAsync(Number);
        Assert.Equal((CertificateState.Proved, fingerprint), (unit.State, unit.CertificateFingerprint!.Value));
        Assert.Equal(fingerprint.ToString(), Assert.Single(_terminal.Units(UnitState.Proved)).CertificateFingerprint);
        Assert.Equal(6, Count("SELECT COUNT(*) FROM unit_event WHERE machine_number = @Number"));
    }

    [Fact]
    public async Task SettingChangedLater_TakesHoldOfUnitsProvedBefore()
    {
        await _terminal.RestartAsync("--Store:AfterProof=KeepWithFlag");
        var (certificate, key) = Bytes(Number);
        await ProveAsync(Number);
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.True(IsOnDisk(key));
        await _terminal.RestartAsync("--Store:AfterProof=PurgeKey");
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.Equal((true, false), (IsOnDisk(certificate), IsOnDisk(key)));
        Assert.Equal(4, Count("SELECT COUNT(*) FROM certificate WHERE wrapped_key IS NOT NULL")); // those in stock
        await _terminal.RestartAsync("--Store:AfterProof=DeleteRow");
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.False(IsOnDisk(certificate));
        Assert.Equal(4, Count("SELECT COUNT(*) FROM certificate"));
        await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.RequestAsync(Number));
    }

    [Fact]
    public async Task KeysOfFailedBlockedAndTakenOverAttempts_AreGoneAtOnce()
    {
        var (_, first) = Bytes(Number);
        await _terminal.RequestAsync(Number);
        _authority.IsDown = true;
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.ResultAsync(Number, 1, succeeded: false)); // no new one has come yet
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));
        _authority.IsDown = false;
        for (var attempt = 2; attempt <= 3; attempt++)
        {
            await _terminal.RequestAsync(Number);
            await _terminal.ResultAsync(Number, attempt, succeeded: false);
        }

        Assert.Equal(UnitState.Blocked, _terminal.Unit(Number).State);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));
        var (_, taken) = Bytes("3012-100002");
        await _terminal.RequestAsync("3012-100002", "1001");
        await _terminal.RequestAsync("3012-100002", "1002");
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.Equal((false, false), (IsOnDisk(first), IsOnDisk(taken)));
    }

    [Fact]
    public async Task KeysLeftByAnEarlierVersion_AreSweptInSlices()
    {
        var first = _terminal.Row("3012", 5); // stays in the plan, or its packs would go back
        await _terminal.PlanAsync(first, _terminal.Row("A123", 1200));
        await _terminal.RestartAsync("--Store:AfterProof=KeepWithFlag");
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.PlanAsync(first, _terminal.Row("A123", 1200));
        await _terminal.RunBatchAsync();
        await _terminal.Get<Database>().WriteAsync(
            (connection, transaction) => connection.Execute("UPDATE unit SET state = 'Proved' WHERE model = 'A123'; UPDATE certificate SET outcome = 'Failed' WHERE machine_number = @Number", new { Number }, transaction),
            default);
        await _terminal.RestartAsync("--Store:AfterProof=PurgeKey");
        await _terminal.Get<KeySweepJob>().SweepAsync(default);
        Assert.Equal(4, Count("SELECT COUNT(*) FROM certificate WHERE wrapped_key IS NOT NULL"));
        Assert.Equal(1205, Count("SELECT COUNT(*) FROM certificate"));
    }

    private async Task<Fingerprint> ProveAsync(string number)
    {
        var fingerprint = (await _terminal.RequestAsync(number)).CertificatePack.Fingerprint;
        await _terminal.ReceiptAsync(number, 1);
        await _terminal.ResultAsync(number, 1, succeeded: true, fingerprint: fingerprint);
        await _terminal.ProofAsync(number, 1, fingerprint: fingerprint);
        return fingerprint;
    }

    private (byte[] Certificate, byte[] Key) Bytes(string number)
    {
        var stored = _terminal.Get<Database>().Read(connection => StoredCertificate.Find(connection, null, MachineNumber.Parse(number), 1))!;
        return (stored.Certificate, stored.WrappedKey!);
    }

    /// <summary>Whether the octets stand anywhere in the database's files, the log included.</summary>
    private bool IsOnDisk(byte[] octets)
    {
        // A row's octets may be split over pages; a third of them in one piece is proof enough that they are there, and none of three that they are not.
        var third = octets.Length / 3;
        return new[] { string.Empty, "-wal" }.Any(suffix =>
        {
            var file = Path.Combine(_terminal.Directory, "communication-terminal.db" + suffix);
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return Enumerable.Range(0, 3).Any(part => content.GetBuffer().AsSpan(0, (int)content.Length).IndexOf(octets.AsSpan(part * third, third)) >= 0);
        });
    }

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql, new { Number }));
}

using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.Operation.Integrity;

/// <summary>
/// Looks at everything that is stored: the pages of each table, the audit trail from its first entry with every checkpoint, the certificates against what the trail says of them, the ledger.
/// Each finding closes the gate.
/// </summary>
internal sealed class StoreCheck(Database database, AuditReader reader, CheckpointBook checkpoints, IssuedLedger ledger, SigningGate gate, TlsIdentity identity, TimeProvider time)
{
    private const int PageSize = 200;

    /// <summary>When the last whole check ended; null before the first one.</summary>
    public DateTimeOffset? CheckedAt { get; private set; }

    /// <summary>The last entry that it read.</summary>
    public long CheckedEntries { get; private set; }

    /// <summary>Checks everything, working <paramref name="load"/> percent of the time.</summary>
    public async Task RunAsync(int load, CancellationToken cancellationToken)
    {
        var pace = new Pace(load);
        await CheckPagesAsync(pace, cancellationToken);
        CheckedEntries = await CheckTrailAsync(pace, cancellationToken);
        await CheckLedgerAsync(pace, cancellationToken);
        CheckedAt = time.GetUtcNow();
    }

    private async Task CheckPagesAsync(Pace pace, CancellationToken cancellationToken)
    {
        var tables = database.Read(connection => connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").AsList());
        foreach (var table in tables)
        {
            pace.Begin();
            var said = Look(table);
            if (said is not ["ok"])
            {
                var text = string.Join("; ", said.Take(5).Select(line => line.ReplaceLineEndings(" ")));
                gate.Stop(DatabaseDamage.Sentence($"{table}: {text}"), $"pages-{table}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', said))))[..16]}");
            }

            await pace.RestAsync(cancellationToken);
        }
    }

    private List<string> Look(string table)
    {
        try
        {
            return database.Read(connection => connection.Query<string>($"PRAGMA quick_check('{table}')").AsList());
        }
        catch (DbException cause) when (StorageErrors.IsDamage(cause))
        {
            return [cause.Message];
        }
    }

    private async Task<long> CheckTrailAsync(Pace pace, CancellationToken cancellationToken)
    {
        var promised = checkpoints.FindLast();
        var chain = new AuditChain();
        try
        {
            while (true)
            {
                pace.Begin();
                var page = reader.ReadBehind(chain.Sequence, PageSize);
                if (page.Count == 0)
                    break;
                foreach (var checkpoint in checkpoints.ReadBehind(chain.Sequence, PageSize).Where(checkpoint => checkpoint.Sequence <= page[^1].Sequence))
                    chain.Read(checkpoint, identity.Root, Role.CertificateAuthority);
                foreach (var entry in page)
                {
                    chain.Read(entry);
                    CheckRows(entry);
                }

                await pace.RestAsync(cancellationToken);
            }
        }
        catch (DbException cause) when (StorageErrors.IsDamage(cause))
        {
            return chain.Sequence; // the gate is closed by the database's own report
        }

        if (promised?.Sequence > chain.Sequence)
            chain.Read(promised.Anchor);
        chain.End();
        gate.Stop(chain);
        return chain.Sequence;
    }

    /// <summary>What was reserved and issued is recorded with SHA-256 over the rows, which never change afterwards whatever becomes of the certificates.</summary>
    private void CheckRows(AuditEvent entry)
    {
        var signed = entry.Action == "Issued";
        if (!signed && !entry.Action.EndsWith("Reserved", StringComparison.Ordinal))
            return;
        RowsRecorded? recorded;
        try
        {
            recorded = JsonSerializer.Deserialize<RowsRecorded>(entry.Detail, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return; // its content is vouched for by the chain; an entry of this name without a digest says nothing of rows
        }

        if (recorded?.Sha256 is null)
            return;
        var found = database.Read(connection => Digest(connection, recorded, signed));
        if (found != recorded.Sha256)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"The {recorded.Count} certificates from row {recorded.First} on (request {entry.Subject}) are not what audit entry {entry.Sequence} recorded: at least one was changed in the database.");
            gate.Stop(text, string.Create(CultureInfo.InvariantCulture, $"rows-{entry.Sequence}-{found[..16]}")); // a further change of the same rows is a new finding
        }
    }

    private static string Digest(DbConnection connection, RowsRecorded recorded, bool signed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rows = connection.Query<(byte[] ToBeSigned, byte[]? Signature)>(
            $"SELECT to_be_signed, signature FROM certificate WHERE id >= @First {(signed ? "AND signature IS NOT NULL" : string.Empty)} ORDER BY id LIMIT @Count",
            recorded,
            buffered: false);
        foreach (var (toBeSigned, signature) in rows)
        {
            hash.AppendData(toBeSigned);
            if (signed)
                hash.AppendData(signature ?? []);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task CheckLedgerAsync(Pace pace, CancellationToken cancellationToken)
    {
        pace.Begin();
        foreach (var transaction in LedgerReader.ReadAll(ledger.Path))
        {
            if (transaction.Unreadable > 0)
                gate.Stop(StartCheck.LedgerDamage(transaction), string.Create(CultureInfo.InvariantCulture, $"ledger-line-{transaction.Offset}"));
            if (transaction.IsCommitted && !transaction.IsWithdrawn)
                RequireEnded([.. transaction.Entries.Where(entry => entry.Event is nameof(CertificateState.Superseded) or nameof(CertificateState.Revoked))]);
            await pace.RestAsync(cancellationToken);
            pace.Begin();
        }
    }

    /// <summary>What the ledger says has ended has not come back in the database.</summary>
    private void RequireEnded(IReadOnlyList<LedgerEntry> ended)
    {
        if (ended.Count == 0)
            return;
        List<LedgerEntry> backAgain;
        try
        {
            backAgain = database.Read(connection => ended.Where(entry => connection.ExecuteScalar<long>(
                "SELECT COUNT(*) FROM certificate WHERE serial_number = @SerialNumber AND state IN ('Superseded', 'Revoked', 'Purged')", new { entry.SerialNumber }) == 0).ToList());
        }
        catch (DbException cause) when (StorageErrors.IsDamage(cause))
        {
            return; // the gate is closed by the database's own report
        }

        foreach (var entry in backAgain)
            gate.Stop($"The certificate {entry.SerialNumber} was taken out of use at {entry.RevokedAt} ({entry.RevocationReason}), as the ledger says, and the database does not say so any more: it was changed there.", $"ledger-ended-{entry.SerialNumber}");
    }

    private sealed record RowsRecorded(long First, long Count, string? Sha256);

    /// <summary>Rests in proportion to the work done.</summary>
    private sealed class Pace(int load)
    {
        private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);

        private long _since;
        private TimeSpan _owed;

        public void Begin() => _since = Stopwatch.GetTimestamp();

        public async Task RestAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _owed += Stopwatch.GetElapsedTime(_since) * (100 - load) / load;
            if (_owed < Shortest)
                return;
            await Task.Delay(_owed, cancellationToken);
            _owed = TimeSpan.Zero;
        }
    }
}

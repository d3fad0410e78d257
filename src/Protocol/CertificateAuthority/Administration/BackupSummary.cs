namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>One backup of the CA's database, as its manifest says.</summary>
/// <param name="File">The file's name in the backup directory.</param>
/// <param name="MadeAt">When it was made, UTC.</param>
/// <param name="Size">Its length in octets.</param>
/// <param name="Sha256">SHA-256 over it, lower-case hexadecimal.</param>
/// <param name="AuditSequence">The last entry of the audit trail in it.</param>
/// <param name="AuditHash">The hash of that entry.</param>
/// <param name="LedgerLength">How long the ledger was, in octets, when the copy was begun.</param>
/// <param name="Certificates">The number of the last certificate in it.</param>
public sealed record BackupSummary(string File, DateTimeOffset MadeAt, long Size, string Sha256, long AuditSequence, string AuditHash, long LedgerLength, long Certificates);

/// <summary>What a restore had to do, so that the database does not know less than the ledger.</summary>
public sealed record RestoreReport
{
    /// <summary>The backup.</summary>
    public required BackupSummary Backup { get; init; }

    /// <summary>When it was restored, UTC.</summary>
    public required DateTimeOffset RestoredAt { get; init; }

    /// <summary>Requests that were made after the backup.</summary>
    public int Requests { get; set; }

    /// <summary>Certificates reserved after the backup: known again, without their content.</summary>
    public int Certificates { get; set; }

    /// <summary>Certificates that were superseded or revoked after the backup, and are again.</summary>
    public int Ended { get; set; }

    /// <summary>Requests acknowledged after the backup, the keys of which were wiped again.</summary>
    public int Acknowledged { get; set; }

    /// <summary>Reservations that were written down and then never carried out; they stand as superseded.</summary>
    public int NeverCarriedOut { get; set; }

    /// <summary>Keys of the pool that were thrown away, because they may have been used after the backup.</summary>
    public int PooledKeysDropped { get; set; }

    /// <summary>First certificates that no quota in the backup could be charged with, by factory and model.</summary>
    public SortedDictionary<string, int> Uncharged { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the backup's audit trail or the ledger, in sentences.</summary>
    public IReadOnlyList<string> Findings { get; set; } = [];

    /// <summary>Where the database that was there before was moved to; null where there was none.</summary>
    public string? EarlierDatabase { get; set; }
}

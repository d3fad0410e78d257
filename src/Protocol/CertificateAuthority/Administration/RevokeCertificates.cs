namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary><c>POST /api/revocations</c>: takes certificates out of use. Exactly one of the three targets is named. Repeating it changes nothing.</summary>
public sealed record RevocationRequest
{
    /// <summary>The most characters of <see cref="Note"/>.</summary>
    public const int MaxNoteLength = 400;

    /// <summary>The valid certificate of this machine number.</summary>
    public string? MachineNumber { get; init; }

    /// <summary>One certificate by its serial number, 40 hexadecimal digits.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>All certificates of this request: a batch.</summary>
    public string? RequestId { get; init; }

    /// <summary>Why: a name of RFC 5280, 5.3.1, see <see cref="RevocationReasons"/>. Left out: <c>unspecified</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>For the audit trail, up to <see cref="MaxNoteLength"/> characters.</summary>
    public string? Note { get; init; }

    /// <summary>Only say what would be revoked.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What was revoked, or would be.</summary>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Revoked">How many certificates this call revokes.</param>
/// <param name="Changed">How many were revoked before and are now listed with <c>keyCompromise</c> instead of a weaker reason.</param>
/// <param name="AlreadyRevoked">How many were revoked before and stay as they are, with their first reason and time.</param>
/// <param name="Items">Each certificate.</param>
public sealed record RevocationAnswer(bool DryRun, int Revoked, int Changed, int AlreadyRevoked, IReadOnlyList<RevokedCertificate> Items);

/// <summary>One certificate of a <see cref="RevocationAnswer"/>.</summary>
/// <param name="MachineNumber">Whose it is.</param>
/// <param name="SerialNumber">Its serial number.</param>
/// <param name="Outcome">What happens to it.</param>
/// <param name="Reason">The reason that stands for it.</param>
/// <param name="RevokedAt">Since when it is revoked.</param>
public sealed record RevokedCertificate(string MachineNumber, string SerialNumber, RevocationOutcome Outcome, string Reason, DateTimeOffset RevokedAt);

/// <summary>What a revocation does to a certificate.</summary>
public enum RevocationOutcome
{
    /// <summary>It was valid and is revoked.</summary>
    Revoked,

    /// <summary>It was revoked before; its reason becomes <c>keyCompromise</c>, the time stays.</summary>
    Changed,

    /// <summary>It was revoked or superseded before; nothing changes.</summary>
    AlreadyRevoked,
}

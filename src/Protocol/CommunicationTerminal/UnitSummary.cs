namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>The states of a unit at the terminal, from the plan to the proof.</summary>
public enum UnitState
{
    /// <summary>A serial number is allocated; no certificate yet.</summary>
    Planned,

    /// <summary>The pack is in store, its written flag unset (P-10).</summary>
    Stored,

    /// <summary>A write failed; the new certificate has been ordered from the CA (P-18).</summary>
    ReissuePending,

    /// <summary>The written flag is set (P-17).</summary>
    Written,

    /// <summary>A handshake with the new certificate proved it (P-27).</summary>
    Proved,

    /// <summary>Too many attempts; a person decides.</summary>
    Blocked,

    /// <summary>A person decided that it is not to be finished.</summary>
    Scrapped,

    /// <summary>It is not to be built under this number now: the plan was corrected, or it was left over from a past day. Its certificate, where it had one, goes back to the CA.</summary>
    Withdrawn,

    /// <summary>Its model ended before it was built; its pack is deleted (P-22) and its certificate goes back to the CA.</summary>
    Purged,
}

/// <summary>One unit, as the terminal's <c>GET /api/units</c> tells it.</summary>
public sealed record UnitSummary(
    string MachineNumber,
    UnitState State,
    int Attempt,
    string? Line,
    DateTimeOffset? WrittenAt,
    string? CertificateFingerprint,
    DateOnly? PlanDate = null,
    DateTimeOffset? ProvedAt = null,
    string? FirmwareVersion = null);

/// <summary>A model's day, as the terminal's <c>GET /api/today</c> tells it. <paramref name="Issued"/> counts every unit that has, or had, a certificate in store,
/// scrapped ones too; units that were withdrawn or purged are not to be built and count nowhere.</summary>
public sealed record ModelDay(string Model, int Planned, int Issued, int Written, int Proved, int Blocked);

/// <summary>
/// The day at the terminal; the errors are those of the last pull and batch, null where they succeeded. With <paramref name="Direct"/> (P-24) units are issued one by one
/// when they are scanned, so that <c>Issued</c> grows during the day.
/// </summary>
public sealed record DaySummary(DateOnly Date, bool Direct, IReadOnlyList<ModelDay> Models, string? PullError, string? BatchError);

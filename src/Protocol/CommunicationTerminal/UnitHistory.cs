using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Everything on record of one unit (P-31): who, where, when, which certificate, which firmware. Told by <c>GET /api/units/{number}</c>. Moments are UTC, the day is the factory's.</summary>
/// <param name="MachineNumber">Which unit.</param>
/// <param name="Model">Its model code.</param>
/// <param name="PlanDate">The day of the plan that it belongs to.</param>
/// <param name="PlanLine">The only line that may have it, by the plan; null: any.</param>
/// <param name="IssuedAtScan">Whether its certificate is ordered only when it is scanned (P-24).</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Attempt">Which of its certificates is the current one, from 1.</param>
/// <param name="Line">The line that has it, or had it last.</param>
/// <param name="StoredAt">When the current certificate was stored.</param>
/// <param name="WrittenAt">When the written flag was set.</param>
/// <param name="ProvedAt">When the board proved its new identity (P-27).</param>
/// <param name="FirmwareVersion">What the board said it runs.</param>
/// <param name="Certificates">All its certificates that are still on record, the first one first.</param>
/// <param name="Events">What happened to it, the oldest first.</param>
/// <param name="Decisions">What people did to it, from the audit trail, the oldest first.</param>
public sealed record UnitHistory(
    string MachineNumber,
    string Model,
    DateOnly PlanDate,
    string? PlanLine,
    bool IssuedAtScan,
    UnitState State,
    int Attempt,
    string? Line,
    DateTimeOffset? StoredAt,
    DateTimeOffset? WrittenAt,
    DateTimeOffset? ProvedAt,
    string? FirmwareVersion,
    IReadOnlyList<UnitCertificate> Certificates,
    IReadOnlyList<UnitHappening> Events,
    IReadOnlyList<AuditEvent> Decisions);

/// <summary>One certificate of a unit.</summary>
/// <param name="Attempt">Which one, from 1.</param>
/// <param name="SerialNumber">Lower-case hexadecimal, as the CA lists it.</param>
/// <param name="Fingerprint">SHA-256 of its DER bytes, lower-case hexadecimal.</param>
/// <param name="NotBefore">The first moment of its validity; null where the certificate itself was deleted after the proof (P-20).</param>
/// <param name="NotAfter">The last moment of its validity; null where the certificate itself was deleted.</param>
/// <param name="StoredAt">When it came into store.</param>
/// <param name="ReceivedAt">When a board had it; null: none said so.</param>
/// <param name="Outcome">What came of the write: Succeeded, Failed, Expired; null while it is not known.</param>
/// <param name="Key">Where its private key is (P-20, P-28).</param>
public sealed record UnitCertificate(
    int Attempt,
    string SerialNumber,
    string Fingerprint,
    DateTimeOffset? NotBefore,
    DateTimeOffset? NotAfter,
    DateTimeOffset StoredAt,
    DateTimeOffset? ReceivedAt,
    string? Outcome,
    KeyPlace Key);

/// <summary>Where the private key of a certificate is.</summary>
public enum KeyPlace
{
    /// <summary>At the terminal, encrypted.</summary>
    InStore,

    /// <summary>It was at the terminal, and was deleted.</summary>
    Deleted,

    /// <summary>The board made it; it was never anywhere else.</summary>
    OnTheBoardOnly,
}

/// <summary>One step in the life of a unit, stored in the transaction of the step.</summary>
/// <param name="EventId">Grows with time.</param>
/// <param name="At">When.</param>
/// <param name="What">The name of the step, such as <c>HandedOver</c>.</param>
/// <param name="Who">The station, or the terminal itself.</param>
/// <param name="Line">Where, if at a line.</param>
/// <param name="Attempt">Which certificate it is about.</param>
/// <param name="Detail">What else there is to say.</param>
public sealed record UnitHappening(long EventId, DateTimeOffset At, string What, string Who, string? Line, int Attempt, string? Detail);

using System.Text.Json;
using System.Text.Json.Serialization;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Revocation;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.Ledger;

/// <summary>One line of the ledger: a request, a certificate that was reserved, one that was taken out of use, an acknowledgement, a return, or where the audit trail ended.</summary>
/// <param name="Event"><c>Requested</c>, <c>Reserved</c>, <c>Superseded</c>, <c>Revoked</c>, <c>Acknowledged</c>, <c>Returned</c>, <c>Checkpoint</c>; or <c>Transaction</c>, <c>Committed</c> and <c>Withdrawn</c>.</param>
internal sealed record LedgerEntry(string Event)
{
    public const string ReservedEvent = "Reserved";

    public const string RequestedEvent = "Requested";

    public const string AcknowledgedEvent = "Acknowledged";

    public const string ReturnedEvent = "Returned";

    public const string CheckpointEvent = "Checkpoint";

    public const string TransactionEvent = "Transaction";

    public const string WithdrawnEvent = "Withdrawn";

    public const string CommittedEvent = "Committed";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The certificate's serial number.</summary>
    public string? SerialNumber { get; init; }

    public string? RequestId { get; init; }

    public string? Caller { get; init; }

    public string? Kind { get; init; }

    public string? ContentSha256 { get; init; }

    public string? Reason { get; init; }

    /// <summary>How many certificates a return has ended; their lines follow.</summary>
    public int? Revoked { get; init; }

    public string? MachineNumber { get; init; }

    public int? Issuer { get; init; }

    public string? NotAfter { get; init; }

    public string? RevokedAt { get; init; }

    public string? RevocationReason { get; init; }

    /// <summary>The audit trail's last entry.</summary>
    public long? Sequence { get; init; }

    public string? Hash { get; init; }

    public string? At { get; init; }

    public byte[]? Signature { get; init; }

    /// <summary>The line that begins a transaction.</summary>
    public static string TransactionLine { get; } = Write(new LedgerEntry(TransactionEvent));

    /// <summary>The line that takes the transaction before it back.</summary>
    public static string WithdrawnLine { get; } = Write(new LedgerEntry(WithdrawnEvent));

    /// <summary>The line that ends a transaction which the database has.</summary>
    public static string CommittedLine { get; } = Write(new LedgerEntry(CommittedEvent));

    /// <summary>What was asked for; its certificates follow.</summary>
    public static string Requested(IssuanceOrder order) => Write(new LedgerEntry(RequestedEvent)
    {
        RequestId = order.RequestId.ToString(),
        Caller = order.Caller,
        Kind = order.Kind.ToString(),
        ContentSha256 = order.ContentSha256,
        Reason = order.Reason,
    });

    /// <summary>The line of a request whose keys are about to be wiped, because its caller has them.</summary>
    public static string Acknowledged(string requestId, string at) => Write(new LedgerEntry(AcknowledgedEvent) { RequestId = requestId, At = at });

    /// <summary>The line of a request by which a terminal gives certificates back; those that end by it follow.</summary>
    public static string Returned(ReturnOrder order, int revoked, string at) => Write(new LedgerEntry(ReturnedEvent)
    {
        RequestId = order.RequestId.ToString(),
        Caller = order.Caller,
        ContentSha256 = order.ContentSha256,
        Revoked = revoked,
        At = at,
    });

    /// <summary>The line of a certificate that is about to be reserved.</summary>
    public static string Reserved(string requestId, string caller, CertificateRecord certificate) => Write(new LedgerEntry(ReservedEvent)
    {
        SerialNumber = certificate.SerialNumber.ToString(),
        RequestId = requestId,
        Caller = caller,
        MachineNumber = certificate.MachineNumber.ToString(),
        Issuer = certificate.Issuer,
        NotAfter = UtcText.Of(certificate.NotAfter),
    });

    /// <summary>The line of a certificate that is about to be taken out of use; <paramref name="state"/> is <c>Superseded</c> or <c>Revoked</c>.</summary>
    public static string Ended(string state, string serialNumber, string revokedAt, string reason) =>
        Write(new LedgerEntry(state) { SerialNumber = serialNumber, RevokedAt = revokedAt, RevocationReason = reason });

    /// <summary>The line of a checkpoint of the audit trail that is about to be stored.</summary>
    public static string CheckpointOf(AuditCheckpoint checkpoint) => Write(new LedgerEntry(CheckpointEvent)
    {
        Sequence = checkpoint.Sequence,
        Hash = checkpoint.Hash,
        At = checkpoint.At,
        Signature = checkpoint.Signature,
    });

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static LedgerEntry Read(string line) => JsonSerializer.Deserialize<LedgerEntry>(line, Form) ?? throw new JsonException("null");

    private static string Write(LedgerEntry entry) => JsonSerializer.Serialize(entry, Form);
}

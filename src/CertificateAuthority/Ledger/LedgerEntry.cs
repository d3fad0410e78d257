using System.Text.Json;
using System.Text.Json.Serialization;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Ledger;

/// <summary>One line of the ledger: a certificate that was reserved, or one that was taken out of use.</summary>
/// <param name="Event"><c>Reserved</c>, <c>Superseded</c> or <c>Revoked</c>.</param>
/// <param name="SerialNumber">The certificate's serial number.</param>
internal sealed record LedgerEntry(string Event, string SerialNumber)
{
    public const string ReservedEvent = "Reserved";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public string? RequestId { get; init; }

    public string? Caller { get; init; }

    public string? MachineNumber { get; init; }

    public int? Issuer { get; init; }

    public string? NotAfter { get; init; }

    public string? RevokedAt { get; init; }

    public string? RevocationReason { get; init; }

    /// <summary>The line of a certificate that is about to be reserved.</summary>
    public static string Reserved(string requestId, string caller, CertificateRecord certificate) => Write(new LedgerEntry(ReservedEvent, certificate.SerialNumber.ToString())
    {
        RequestId = requestId,
        Caller = caller,
        MachineNumber = certificate.MachineNumber.ToString(),
        Issuer = certificate.Issuer,
        NotAfter = UtcText.Of(certificate.NotAfter),
    });

    /// <summary>The line of a certificate that is about to be taken out of use; <paramref name="state"/> is <c>Superseded</c> or <c>Revoked</c>.</summary>
    public static string Ended(string state, string serialNumber, string revokedAt, string reason) =>
        Write(new LedgerEntry(state, serialNumber) { RevokedAt = revokedAt, RevocationReason = reason });

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static LedgerEntry Read(string line) => JsonSerializer.Deserialize<LedgerEntry>(line, Form) ?? throw new JsonException("null");

    private static string Write(LedgerEntry entry) => JsonSerializer.Serialize(entry, Form);
}

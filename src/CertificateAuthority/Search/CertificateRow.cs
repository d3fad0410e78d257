using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>A certificate as a search reads it: <see cref="SearchOrder.Columns"/>.</summary>
internal sealed class CertificateRow
{
    public long Id { get; init; }

    public string SerialNumber { get; init; } = string.Empty;

    public string MachineNumber { get; init; } = string.Empty;

    public string State { get; init; } = string.Empty;

    public string Factory { get; init; } = string.Empty;

    public long Issuer { get; init; }

    public string RequestId { get; init; } = string.Empty;

    public string? IssuedAt { get; init; }

    public string NotAfter { get; init; } = string.Empty;

    public string? RevokedAt { get; init; }

    public string? RevocationReason { get; init; }

    public string ReceivedAt { get; init; } = string.Empty;

    /// <summary>Where it stands in the order of the search.</summary>
    public string SortKey { get; init; } = string.Empty;

    /// <summary>What the caller sees.</summary>
    public CertificateSummary ToSummary() => new(
        SerialNumber,
        MachineNumber,
        Enum.Parse<CertificateState>(State),
        Factory,
        (int)Issuer,
        RequestId,
        Moment(IssuedAt),
        Moment(NotAfter),
        Moment(RevokedAt),
        RevocationReason);

    private static DateTimeOffset? Moment(string? text) => string.IsNullOrEmpty(text) ? null : UtcText.Parse(text);
}

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>Section <c>Quotas</c>.</summary>
public sealed record QuotaOptions
{
    /// <summary>Whether first certificates need an approved quota (P-30). Off, nothing is counted against quotas; for trials only.</summary>
    public bool Required { get; init; } = true;
}

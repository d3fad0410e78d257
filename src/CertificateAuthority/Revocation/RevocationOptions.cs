using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>Section <c>Revocation</c>: how often CRLs are made, and how long CRLs and OCSP answers hold.</summary>
public sealed record RevocationOptions : IValidatableObject
{
    /// <summary>The time from one scheduled CRL to the next.</summary>
    public TimeSpan CrlInterval { get; init; } = TimeSpan.FromHours(6);

    /// <summary>From a CRL's thisUpdate to its nextUpdate: the interval and how long the CA may be away before devices are refused.</summary>
    public TimeSpan CrlValidity { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long after a revocation its CRL is made; what is revoked meanwhile stands on it too.</summary>
    public TimeSpan CrlDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From an OCSP answer's thisUpdate to its nextUpdate, and so how long others may keep it.</summary>
    public TimeSpan OcspValidity { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a signed OCSP answer is given again to the same request without a nonce. A revocation ends it at once.</summary>
    public TimeSpan OcspReuse { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the certificate of an OCSP responder is valid; it is renewed after half of it.</summary>
    public TimeSpan OcspCertificateValidity { get; init; } = TimeSpan.FromDays(14);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CrlInterval < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("must be at least one second (00:00:01)", [nameof(CrlInterval)]);
        if (CrlValidity <= CrlInterval)
            yield return new ValidationResult("must be longer than CrlInterval, by the time that the CA may be away", [nameof(CrlValidity)]);
        if (CrlDelay < TimeSpan.Zero || CrlDelay > TimeSpan.FromHours(1))
            yield return new ValidationResult("must be between 00:00:00 and 01:00:00", [nameof(CrlDelay)]);
        if (OcspValidity < TimeSpan.FromMinutes(1))
            yield return new ValidationResult("must be at least one minute (00:01:00)", [nameof(OcspValidity)]);
        if (OcspReuse < TimeSpan.Zero || OcspReuse >= OcspValidity)
            yield return new ValidationResult("must be shorter than OcspValidity; 00:00:00 signs every answer anew", [nameof(OcspReuse)]);
        if (OcspCertificateValidity < 4 * OcspValidity)
            yield return new ValidationResult("must be at least four times OcspValidity, so that no answer outlives it", [nameof(OcspCertificateValidity)]);
    }
}

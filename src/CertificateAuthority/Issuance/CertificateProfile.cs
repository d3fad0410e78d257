using System.Collections.Concurrent;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>What a device certificate of one model says, apart from what is each device's own.</summary>
/// <param name="Issuer">Who signs it.</param>
/// <param name="Model">OU of the subject.</param>
/// <param name="Organization">O of the subject.</param>
/// <param name="Validity">How long it is valid, at most; never longer than its issuer.</param>
/// <param name="Backdate">How far before its making its validity begins.</param>
/// <param name="CrlUrl">The CRL's place, if it is to be named.</param>
/// <param name="OcspUrl">The OCSP responder's place, if it is to be named.</param>
internal sealed record CertificateProfile(
    IssuingCa Issuer,
    ModelCode Model,
    string Organization,
    TimeSpan Validity,
    TimeSpan Backdate,
    string? CrlUrl,
    string? OcspUrl)
{
    /// <summary>When a certificate made <paramref name="now"/> is valid: whole seconds, inside the issuer's own validity.</summary>
    /// <exception cref="ProvisioningException">The issuing CA's certificate is not valid now.</exception>
    public (DateTimeOffset NotBefore, DateTimeOffset NotAfter) ValidityAt(DateTimeOffset now)
    {
        if (now < Issuer.NotBefore || now >= Issuer.NotAfter)
            throw new ProvisioningException(ErrorCode.Internal, $"The issuing CA's certificate is valid from {Issuer.NotBefore:u} to {Issuer.NotAfter:u}, not now.");
        var start = now - Backdate;
        start = start.AddTicks(-(start.Ticks % TimeSpan.TicksPerSecond)).ToUniversalTime();
        var notBefore = start > Issuer.NotBefore ? start : Issuer.NotBefore;
        var notAfter = Issuer.NotAfter - notBefore > Validity ? notBefore + Validity : Issuer.NotAfter;
        return (notBefore, notAfter.AddTicks(-(notAfter.Ticks % TimeSpan.TicksPerSecond)));
    }
}

/// <summary>The profiles of all models that the configuration lists, under each generation of the issuing CA.</summary>
internal sealed class CertificateProfiles(IssuanceOptions options, IssuingCas issuers)
{
    private readonly Dictionary<ModelCode, ModelOptions> _listed = options.Models.ToDictionary(model => ModelCode.Parse(model.Model));
    private readonly ConcurrentDictionary<(ModelCode, int), CertificateProfile> _profiles = [];

    /// <summary>The profile of <paramref name="model"/> for new certificates.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public CertificateProfile Of(ModelCode model) => Of(model, issuers.Active);

    /// <summary>The profile under which <paramref name="certificate"/> was reserved.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public CertificateProfile Of(CertificateRecord certificate) => Of(certificate.MachineNumber.Model, issuers.Of(certificate.Issuer));

    private CertificateProfile Of(ModelCode model, IssuingCa issuer)
    {
        if (_profiles.TryGetValue((model, issuer.Number), out var profile))
            return profile;
        if (!_listed.TryGetValue(model, out var listed) && !options.UnlistedModels)
            throw new ProvisioningException(ErrorCode.UnknownModel, $"This CA has no certificate profile for model {model}. Add it under Issuance:Models.");
        profile = new CertificateProfile(
            issuer,
            model,
            listed?.Organization ?? options.Organization,
            listed?.Validity ?? options.Validity,
            options.Backdate,
            options.CrlUrl,
            options.OcspUrl);
        return _profiles.GetOrAdd((model, issuer.Number), profile);
    }
}

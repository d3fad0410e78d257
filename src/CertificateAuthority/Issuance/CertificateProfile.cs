using System.Collections.Concurrent;
using System.Text;
using ProvisioningStation.CertificateAuthority.Lint;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>What a device certificate of one model says under one issuing CA, apart from what is each device's own.</summary>
internal sealed class CertificateProfile(IssuingCa issuer, ModelProfile content)
{
    /// <summary>Who signs it.</summary>
    public IssuingCa Issuer { get; } = issuer;

    /// <summary>What the model's certificates say.</summary>
    public ModelProfile Content { get; } = content;

    /// <summary>99991231235959Z: no end (RFC 5280, 4.1.2.5).</summary>
    public static readonly DateTimeOffset NoExpiry = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    /// <summary>What its certificates must agree with.</summary>
    public CertificateSigner Signer { get; } = CertificateSigner.Of(issuer);

    /// <summary>The model code.</summary>
    public ModelCode Model { get; } = ModelCode.Parse(content.Model);

    /// <summary>O of the subject, as encoded.</summary>
    public byte[] Organization { get; } = Encoding.UTF8.GetBytes(content.Organization);

    /// <summary>OU of the subject, as encoded.</summary>
    public byte[] OrganizationalUnit { get; } = Encoding.UTF8.GetBytes(content.OrganizationalUnit);

    /// <summary>The CRL's place; null where it is not named.</summary>
    public string? CrlUrl { get; } = ProfileText.Place(content.CrlUrl, issuer.Number);

    /// <summary>The OCSP responder's place; null where it is not named.</summary>
    public string? OcspUrl { get; } = ProfileText.Place(content.OcspUrl, issuer.Number);

    /// <summary>The place of the issuing CA's certificate; null where it is not named.</summary>
    public string? CaIssuersUrl { get; } = ProfileText.Place(content.CaIssuersUrl, issuer.Number);

    /// <summary>When a certificate made <paramref name="now"/> is valid: whole seconds, inside the issuer's own validity.</summary>
    /// <exception cref="ProvisioningException">The issuing CA's certificate is not valid now, or ends although the profile has no end (<see cref="ErrorCode.ProfileViolation"/>).</exception>
    public (DateTimeOffset NotBefore, DateTimeOffset NotAfter) ValidityAt(DateTimeOffset now)
    {
        if (now < Issuer.NotBefore || now >= Issuer.NotAfter)
            throw new ProvisioningException(ErrorCode.Internal, $"The issuing CA's certificate is valid from {Issuer.NotBefore:u} to {Issuer.NotAfter:u}, not now.");
        var start = now - Content.Backdate;
        start = start.AddTicks(-(start.Ticks % TimeSpan.TicksPerSecond)).ToUniversalTime();
        var notBefore = start > Issuer.NotBefore ? start : Issuer.NotBefore;
        if (Content.Validity is not { } validity)
            return AllowsNoExpiry(Issuer) ? (notBefore, NoExpiry) : throw new ProvisioningException(ErrorCode.ProfileViolation, EndsBefore(Content.Model, Issuer));
        var notAfter = Issuer.NotAfter - notBefore > validity ? notBefore + validity : Issuer.NotAfter;
        return (notBefore, notAfter.AddTicks(-(notAfter.Ticks % TimeSpan.TicksPerSecond)));
    }

    /// <summary>Whether what <paramref name="issuer"/> signs may have no end.</summary>
    public static bool AllowsNoExpiry(IssuingCa issuer) => issuer.NotAfter >= NoExpiry;

    /// <summary>What is said where a profile without an end meets a CA that ends.</summary>
    public static string EndsBefore(string model, IssuingCa issuer) =>
        $"Model {model} is to have certificates without an end (NoExpiry), but issuing CA {issuer.Number} ends at {issuer.NotAfter:u}, and nothing may outlive its issuer. Give the model a Validity, or make an issuing CA without an end.";
}

/// <summary>The profiles of all models that the configuration lists, under each generation of the issuing CA.</summary>
internal sealed class CertificateProfiles
{
    private readonly IssuanceOptions _options;
    private readonly IssuingCas _issuers;
    private readonly Dictionary<ModelCode, ModelProfile> _listed;
    private readonly ConcurrentDictionary<(ModelProfile, int), CertificateProfile> _profiles = [];

    /// <exception cref="ConfigurationException">A profile asks for what the issuing CA can't give.</exception>
    public CertificateProfiles(IssuanceOptions options, IssuingCas issuers)
    {
        _options = options;
        _issuers = issuers;
        Listed = [.. options.Models.Select(model => ModelProfile.Of(options, model))];
        _listed = Listed.ToDictionary(profile => profile.Code());
        if (Listed.FirstOrDefault(profile => profile.Validity is null) is { } endless && !CertificateProfile.AllowsNoExpiry(issuers.Active))
            throw new ConfigurationException("Issuance:Models: " + CertificateProfile.EndsBefore(endless.Model, issuers.Active));
    }

    /// <summary>The profiles that the configuration lists, in its order.</summary>
    public IReadOnlyList<ModelProfile> Listed { get; }

    /// <summary>The profile of <paramref name="model"/> for new certificates.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public CertificateProfile Of(ModelCode model) => Of(Content(model), _issuers.Active);

    /// <summary>The profile of a certificate that was reserved under generation <paramref name="issuer"/>, with today's configuration.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public CertificateProfile Of(ModelCode model, int issuer) => Of(Content(model), _issuers.Of(issuer));

    /// <summary>The profile of a certificate that was reserved under generation <paramref name="issuer"/> and with <paramref name="content"/>.</summary>
    public CertificateProfile Of(ModelProfile content, int issuer) => Of(content, _issuers.Of(issuer));

    private CertificateProfile Of(ModelProfile content, IssuingCa issuer) =>
        _profiles.TryGetValue((content, issuer.Number), out var profile) ? profile : _profiles.GetOrAdd((content, issuer.Number), new CertificateProfile(issuer, content));

    private ModelProfile Content(ModelCode model)
    {
        if (_listed.TryGetValue(model, out var listed))
            return listed;
        return _options.UnlistedModels
            ? ModelProfile.Of(_options, new ModelOptions { Model = model.ToString() })
            : throw new ProvisioningException(ErrorCode.UnknownModel, $"This CA has no certificate profile for model {model}. Add it under Issuance:Models.");
    }
}

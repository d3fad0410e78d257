using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>Which keys of others are certified: those of the form that the model's profile wants, and never one that is no machine's own.</summary>
internal sealed class RequestedKeys(CertificateProfiles profiles, AuthorityFiles files)
{
    /// <summary>The keys of the CA's own certificates, and of the common certificates, whose private keys are on every service part.</summary>
    private readonly Lazy<List<byte[]>> _taken = new(() => [.. files.Own.Select(PublicKeyOf)]);

    /// <summary>Passes a key that a machine of this model may have.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>, <see cref="ErrorCode.InvalidCertificateRequest"/>.</exception>
    public void Require(RequestedKey key, ModelCode model)
    {
        _ = profiles.Of(model);
        if (key.Name != "EC P-256")
            throw CertificationRequest.Invalid($"its key is {key.Name}, but the profile of model {model} wants EC P-256. Make such a key");
        if (_taken.Value.Exists(taken => taken.AsSpan().SequenceEqual(key.SubjectPublicKeyInfo)))
            throw CertificationRequest.Invalid("its key is the common certificate's or the CA's own. Each board has to make a key of its own");
    }

    private static byte[] PublicKeyOf(KeyFiles file)
    {
        using var certificate = file.Load();
        return certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }
}

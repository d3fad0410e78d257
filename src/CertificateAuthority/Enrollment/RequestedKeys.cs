using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

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
        var wanted = profiles.Of(model).Content.Key switch
        {
            KeyAlgorithm.EcP256 => "EC P-256",
            KeyAlgorithm.EcP384 => "EC P-384",
            KeyAlgorithm.Rsa2048 => "RSA-2048",
            _ => "RSA-3072",
        };
        if (key.Name != wanted)
            throw CertificationRequest.Invalid($"its key is {key.Name}, but the profile of model {model} wants {wanted}. Make such a key");
        if (_taken.Value.Exists(taken => taken.AsSpan().SequenceEqual(key.SubjectPublicKeyInfo)))
            throw CertificationRequest.Invalid("its key is the common certificate's or the CA's own. Each board has to make a key of its own");
    }

    private static byte[] PublicKeyOf(KeyFiles file)
    {
        using var certificate = file.Load();
        return certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }
}

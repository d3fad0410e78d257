using System.Text.Json;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The profiles that a request was reserved under, kept beside it: a change of the configuration between reserving and signing strands nothing, and what is signed is what was
/// decided. Encrypted and bound to the request, so that nobody who can write to the database writes a profile.
/// </summary>
internal sealed class ReservedProfiles(KeyProtection protection)
{
    /// <summary>What is stored with the request.</summary>
    public byte[] Seal(string requestId, IEnumerable<CertificateRecord> certificates)
    {
        var profiles = certificates.Select(certificate => certificate.Profile?.Content).OfType<ModelProfile>().Distinct();
        return protection.Wrap(JsonSerializer.SerializeToUtf8Bytes(profiles, JsonForm.Options), requestId);
    }

    /// <summary>The profiles of a request; none where it was stored before they were kept.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They were changed in the store.</exception>
    public IReadOnlyList<ModelProfile> Open(RequestRecord request) => request.Profiles is null
        ? []
        : JsonSerializer.Deserialize<List<ModelProfile>>(protection.Unwrap(request.Profiles, request.RequestId), JsonForm.Options)!;
}

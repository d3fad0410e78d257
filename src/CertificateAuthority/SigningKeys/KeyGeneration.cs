namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>One generation of something that is renewed: an issuing CA, or the common certificate.</summary>
/// <param name="Name">Its name among files and in the HSM: <c>devices</c>, then <c>devices-2</c>, <c>devices-3</c> …</param>
/// <param name="Number">1, 2, 3 …</param>
/// <param name="Files">Its certificate, and its key where that is a file.</param>
internal sealed record KeyGeneration(string Name, int Number, KeyFiles Files);

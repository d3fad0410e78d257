namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// The generations of the issuing CA for devices. The latest one signs new certificates; the earlier ones go on signing CRLs, OCSP responders, and what was reserved under them,
/// until they end.
/// </summary>
internal sealed class IssuingCas(IReadOnlyList<IssuingCa> generations) : IDisposable
{
    /// <summary>All of them, the oldest first.</summary>
    public IReadOnlyList<IssuingCa> All { get; } = generations.Count > 0 ? generations : throw new ArgumentException("There is no issuing CA.", nameof(generations));

    /// <summary>The one that signs new certificates.</summary>
    public IssuingCa Active => All[^1];

    /// <summary>The generation of this number (column <c>issuer</c>).</summary>
    /// <exception cref="InvalidOperationException">Its key and certificate are not here.</exception>
    public IssuingCa Of(int number) => Find(number) ?? throw new InvalidOperationException($"Generation {number} of the issuing CA for devices is in the database, but not among the signing keys.");

    /// <summary>The generation of this number, or null.</summary>
    public IssuingCa? Find(int number) => All.FirstOrDefault(generation => generation.Number == number);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var generation in All)
            generation.Dispose();
    }
}

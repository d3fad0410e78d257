using System.ComponentModel.DataAnnotations;
using System.Net;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>Section <c>Ceremony</c>: what <c>init</c> makes. The service itself uses none of it.</summary>
public sealed record CeremonyOptions : IValidatableObject
{
    /// <summary>O of every subject: the maker.</summary>
    [Required, MaxLength(64)]
    public string Organization { get; init; } = string.Empty;

    /// <summary>Where the root's key is kept, relative to the data directory and never inside it. After the set-up it is taken away; only a new issuing CA needs it.</summary>
    [Required]
    public string OfflineRootDirectory { get; init; } = "../offline-root";

    /// <summary>Whether this is a demonstration: then the root's passphrase may stand beside its key, and is made there where none is given.</summary>
    public bool Demonstration { get; init; }

    /// <summary>The kind of the root's key.</summary>
    public SigningKeyAlgorithm RootKey { get; init; }

    /// <summary>The kind of the issuing CAs' keys, for those that are made from now on.</summary>
    public SigningKeyAlgorithm IssuingKey { get; init; }

    /// <summary>How long the root is valid.</summary>
    public TimeSpan RootValidity { get; init; } = TimeSpan.FromDays(50 * 365);

    /// <summary>How long the issuing CAs are valid.</summary>
    public TimeSpan IssuingValidity { get; init; } = TimeSpan.FromDays(40 * 365);

    /// <summary>How long the common certificate is valid: service parts lie in stores for years.</summary>
    public TimeSpan CommonValidity { get; init; } = TimeSpan.FromDays(30 * 365);

    /// <summary>How long a part's certificate is valid.</summary>
    public TimeSpan PartValidity { get; init; } = TimeSpan.FromDays(10 * 365);

    /// <summary>The parts that get a certificate.</summary>
    public IReadOnlyList<PartOptions> Parts { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var part in Parts)
        {
            if (part.Role is Role.Anonymous or Role.Board or Role.Device)
            {
                yield return new ValidationResult(
                    $"part '{part.Name}' has no role of a part. Allowed: CertificateAuthority, CommunicationTerminal, LineStation, ProductionManagement, Operator, Administrator, Approver, Auditor",
                    [nameof(Parts)]);
            }

            if (string.IsNullOrWhiteSpace(part.Name) || part.Name.Length > 64 || string.IsNullOrWhiteSpace(part.Directory))
                yield return new ValidationResult($"part '{part.Name}' needs a Name of at most 64 characters and a Directory", [nameof(Parts)]);
            foreach (var address in part.Addresses.Where(address => !IPAddress.TryParse(address, out _)))
                yield return new ValidationResult($"part '{part.Name}' has an address that is not an IP address: {address}", [nameof(Parts)]);
        }

        foreach (var twice in Parts.GroupBy(part => part.Directory, StringComparer.Ordinal).Where(group => group.Count() > 1))
            yield return new ValidationResult($"two parts share the directory {twice.Key}", [nameof(Parts)]);
        foreach (var (name, value) in new[] { (nameof(RootKey), RootKey), (nameof(IssuingKey), IssuingKey) }.Where(key => !Enum.IsDefined(key.Item2)))
            yield return new ValidationResult($"has no kind of key '{value}'. Allowed: {string.Join(", ", Enum.GetNames<SigningKeyAlgorithm>())}", [name]);
        foreach (var (name, value) in new[] { (nameof(RootValidity), RootValidity), (nameof(IssuingValidity), IssuingValidity), (nameof(CommonValidity), CommonValidity), (nameof(PartValidity), PartValidity) })
        {
            if (value < TimeSpan.FromDays(1))
                yield return new ValidationResult("must be at least one day (1.00:00:00)", [name]);
        }
    }
}

/// <summary>One of the factory's own parts.</summary>
public sealed record PartOptions
{
    /// <summary>What it may do; OU of its subject.</summary>
    public Role Role { get; init; }

    /// <summary>Its name in that role (factory, line, …); CN of its subject.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Its data directory, relative to the CA's.</summary>
    public string Directory { get; init; } = string.Empty;

    /// <summary>The host names it is reached by.</summary>
    public IReadOnlyList<string> DnsNames { get; init; } = [];

    /// <summary>The IP addresses it is reached by.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

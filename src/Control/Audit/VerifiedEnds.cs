using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ProvisioningStation.Control.Contexts;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Control.Audit;

/// <summary>
/// The ends of the trails that were verified here, by the fingerprint of the root, and of a terminal by its address too: so that a trail that was cut off since, with all its checkpoints, is noticed by somebody whom the
/// one who cut it can't reach.
/// </summary>
internal sealed class VerifiedEnds
{
    private readonly string _file;
    private readonly string _root;

    public VerifiedEnds(string? file, X509Certificate2 root, ServedPart part, Uri? address)
    {
        _file = Path.GetFullPath(file ?? Path.Combine(ContextFile.Directory, "audit-verified.json"));
        // Below one root there is one CA, and a terminal in each factory.
        _root = Fingerprint.Of(root.RawData) + (part == ServedPart.CertificateAuthority ? string.Empty : $" {part.Name} {address?.Authority}");
    }

    /// <summary>The end that was verified last.</summary>
    /// <exception cref="ConfigurationException">The file is not of this form.</exception>
    public AuditAnchor? Find() => Read().TryGetValue(_root, out var end) ? end with { Source = $"what was verified here on {end.Source}" } : null;

    /// <summary>Keeps an end.</summary>
    public void Remember(AuditVerdict verdict)
    {
        var ends = Read();
        ends[_root] = new AuditAnchor(verdict.Last, verdict.Hash, TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture));
        DataDirectory.Open(Path.GetDirectoryName(_file)!);
        DurableFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(ends, JsonForm.Options));
    }

    private SortedDictionary<string, AuditAnchor> Read()
    {
        if (!File.Exists(_file))
            return new SortedDictionary<string, AuditAnchor>(StringComparer.Ordinal);
        try
        {
            return new SortedDictionary<string, AuditAnchor>(JsonSerializer.Deserialize<Dictionary<string, AuditAnchor>>(File.ReadAllBytes(_file), JsonForm.Options) ?? [], StringComparer.Ordinal);
        }
        catch (JsonException cause)
        {
            throw new ConfigurationException($"{_file} does not say what was verified earlier: {cause.Message} If you trust the trail as it is, delete the file.", cause);
        }
    }
}

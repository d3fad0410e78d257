using System.Globalization;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>The names of the CA's own files, the same for the set-up and the service. The root's key is not among them: it stays offline.</summary>
internal sealed class AuthorityFiles(DataDirectory data, SigningKeyOptions options)
{
    /// <summary>The CA that issues to devices.</summary>
    public const string Devices = "devices";

    /// <summary>The CA that issues to the factory's own parts.</summary>
    public const string Parts = "parts";

    /// <summary>The CA that issues the common certificate.</summary>
    public const string Common = "common";

    /// <summary>The common certificate.</summary>
    public const string CommonCertificate = "common-certificate";

    private readonly string _directory = data.Resolve(options.Directory);

    /// <summary>The directory of the issuing CAs' keys.</summary>
    public string SigningKeyDirectory => _directory;

    /// <summary>The root's certificate; its key is not here.</summary>
    public KeyFiles Root => new(data.Resolve("root.pem"), string.Empty);

    /// <summary>The certificates of all generations of the CA that issues to devices, for whoever wants to verify with them.</summary>
    public string DevicesIssuingPublic => data.Resolve("devices-issuing.pem");

    /// <summary>The root and every generation of everything below it that is this CA's own.</summary>
    public IEnumerable<KeyFiles> Own => new[] { Devices, Parts, Common, CommonCertificate }.SelectMany(Generations).Select(generation => generation.Files).Prepend(Root);

    /// <summary>What the set-up has made of <paramref name="series"/> and of its renewals, the oldest first.</summary>
    public IReadOnlyList<KeyGeneration> Generations(string series)
    {
        if (!Directory.Exists(_directory))
            return [];
        return [.. Directory.EnumerateFiles(_directory, series + "*.pem")
            .Select(file => NumberOf(Path.GetFileNameWithoutExtension(file), series))
            .OfType<int>()
            .Order()
            .Select(number => Generation(series, number))];
    }

    /// <summary>The latest generation of <paramref name="series"/>.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public KeyGeneration Latest(string series) => Generations(series) is [.., var latest]
        ? latest
        : throw new ConfigurationException($"{Generation(series, 1).Files.CertificateFile} is missing. Make the CA's keys first: CertificateAuthority init --config FILE --data DIR");

    /// <summary>The names of one generation, whether it is there or not.</summary>
    public KeyGeneration Generation(string series, int number)
    {
        var name = number == 1 ? series : string.Create(CultureInfo.InvariantCulture, $"{series}-{number}");
        return new KeyGeneration(name, number, new KeyFiles(Path.Combine(_directory, name + ".pem"), Path.Combine(_directory, name + ".key")));
    }

    /// <summary>The CA for devices with all its generations, ready to sign.</summary>
    /// <exception cref="ConfigurationException">There is none, or a key is missing or another one's.</exception>
    public IssuingCas OpenDevicesIssuing(IssuingKeys keys)
    {
        _ = Latest(Devices);
        return new IssuingCas([.. Generations(Devices).Select(generation => Open(generation, keys))]);
    }

    private static IssuingCa Open(KeyGeneration generation, IssuingKeys keys)
    {
        using var certificate = generation.Files.Load();
        keys.Open(generation, certificate).Dispose();
        return new IssuingCa(generation.Number, certificate, keys.Opener(generation));
    }

    private static int? NumberOf(string name, string series)
    {
        if (name == series)
            return 1;
        return name.StartsWith(series + "-", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(series.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 1 ? number : null;
    }
}

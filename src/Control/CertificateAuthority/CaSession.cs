using System.CommandLine;
using ProvisioningStation.Control.Contexts;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary>One run of a command that talks to the CA: to which CA, as whom, and in which form the answer is wanted.</summary>
public sealed class CaSession : IDisposable
{
    internal const string ContextOption = "--context";
    internal const string DataOption = "--data";
    internal const string AsOption = "--as";

    /// <summary>A revocation of a whole batch or a backup may take its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TlsIdentity _identity;

    private CaSession(Uri address, DataDirectory identity, bool json)
    {
        _identity = TlsIdentity.Load(new TlsOptions(), identity);
        Client = new PartClient(address, _identity, Patience, Role.CertificateAuthority);
        Json = json;
    }

    /// <summary>The CA's API.</summary>
    public PartClient Client { get; }

    /// <summary>The certificate that the identity trusts.</summary>
    public System.Security.Cryptography.X509Certificates.X509Certificate2 Root => _identity.Root;

    /// <summary>Whether the answer is wanted as JSON.</summary>
    public bool Json { get; }

    /// <summary>Prints <paramref name="value"/> as JSON, or has <paramref name="forPeople"/> print it.</summary>
    public void Print<T>(T value, Action<T> forPeople)
    {
        if (Json)
            ControlContext.PrintJson(value);
        else
            forPeople(value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        _identity.Dispose();
    }

    /// <summary>The CA that the options, the environment or the current context name, in this order; else the factory in <c>.factory</c>.</summary>
    /// <exception cref="ConfigurationException">They contradict each other, or a file is missing.</exception>
    internal static CaSession Open(ParseResult parsed)
    {
        var (named, data, identity) = (parsed.GetValue<string?>(ContextOption), parsed.GetValue<string?>(DataOption), parsed.GetValue<string?>(AsOption));
        if (named is not null && data is not null)
            throw new ConfigurationException("Say --context or --data, not both: each names a CA.");
        var context = data is null ? ContextFile.Read().Choose(named) : null;
        if (context is not null && identity is not null)
            throw new ConfigurationException($"--as goes with --data; context {context.Name} has an identity of its own ({context.Identity}).");
        var json = parsed.GetValue<bool>(CommandRun.JsonOption);
        if (context is not null)
            return new CaSession(context.Address, new DataDirectory(context.Identity), json);
        var directory = new DataDirectory(Path.GetFullPath(data ?? ".factory"));
        if (data is null && !Directory.Exists(directory.Path))
            throw new ConfigurationException("Which CA? No context is chosen and no factory has run in .factory here. Name one: --context NAME (stationctl context add makes it), or --data DIR of a factory.");
        return new CaSession(FactoryMap.Read(directory).CertificateAuthority, new DataDirectory(directory.Resolve(identity ?? CaCommand.Identities[0])), json);
    }
}

using System.CommandLine;
using System.CommandLine.Completions;
using ProvisioningStation.Control.Contexts;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Control;

/// <summary>One run of a command that talks to a part's service API: to which one, as whom, and in which form the answer is wanted.</summary>
public sealed class PartSession : IDisposable
{
    internal const string ContextOption = "--context";
    internal const string DataOption = "--data";
    internal const string AsOption = "--as";

    /// <summary>A revocation of a whole batch or a backup may take its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TlsIdentity _identity;

    private PartSession(ServedPart part, Uri address, DataDirectory identity, bool json)
    {
        _identity = TlsIdentity.Load(new TlsOptions(), identity);
        Client = new PartClient(address, _identity, Patience, part.Role);
        Json = json;
    }

    /// <summary>The part's API.</summary>
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

    /// <summary>The options that say which part and as whom, for the command above all those that talk to it.</summary>
    internal static IEnumerable<Option> OptionsOf(ServedPart part)
    {
        var context = new Option<string?>(ContextOption) { Description = $"A {part.Name} from stationctl context list (also: environment variable {ContextFile.Variable}).", HelpName = "NAME", Recursive = true };
        context.CompletionSources.Add(_ => ContextFile.Read().Contexts.Values.Where(known => known.Part == part.Role).Select(known => new CompletionItem(known.Name)));
        yield return context;
        yield return new Option<string?>(DataOption) { Description = "The data directory of a factory on this machine; .factory where no context is chosen.", HelpName = "DIR", Recursive = true };
        yield return new Option<bool>(CommandRun.JsonOption) { Description = "Answer as JSON.", Recursive = true };
        if (part.Identities.Count == 1)
            yield break;
        var identity = new Option<string?>(AsOption)
        {
            Description = $"As whom, with --data: {part.Identities[0]} (default), {string.Join(", ", part.Identities.Skip(1))}.",
            HelpName = "IDENTITY",
            Recursive = true,
        };
        identity.AcceptOnlyFromAmong([.. part.Identities]);
        yield return identity;
    }

    /// <summary>The <paramref name="part"/> that the options, the environment or the current context name, in this order; else that of the factory in <c>.factory</c>.</summary>
    /// <exception cref="ConfigurationException">They contradict each other, or a file is missing.</exception>
    internal static PartSession Open(ServedPart part, ParseResult parsed)
    {
        var (named, data) = (parsed.GetValue<string?>(ContextOption), parsed.GetValue<string?>(DataOption));
        var identity = part.Identities.Count == 1 ? null : parsed.GetValue<string?>(AsOption);
        if (named is not null && data is not null)
            throw new ConfigurationException($"Say --context or --data, not both: each names a {part.Name}.");
        var context = data is null ? ContextFile.Read().Choose(named, part) : null;
        if (context is not null && identity is not null)
            throw new ConfigurationException($"--as goes with --data; context {context.Name} has an identity of its own ({context.Identity}).");
        var json = parsed.GetValue<bool>(CommandRun.JsonOption);
        if (context is not null)
            return new PartSession(part, context.Address, new DataDirectory(context.Identity), json);
        var directory = new DataDirectory(Path.GetFullPath(data ?? ".factory"));
        if (data is null && !Directory.Exists(directory.Path))
            throw new ConfigurationException($"Which {part.Name}? No context is chosen and no factory has run in .factory here. Name one: --context NAME (stationctl context add makes it), or --data DIR of a factory.");
        return new PartSession(part, part.AddressIn(FactoryMap.Read(directory)), new DataDirectory(directory.Resolve(identity ?? part.Identities[0])), json);
    }
}

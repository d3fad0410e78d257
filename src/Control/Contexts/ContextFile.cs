using System.Text.Json;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Control.Contexts;

/// <summary>A CA, a terminal or a gateway by name.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Address">Its service address, <c>https://…</c>.</param>
/// <param name="Identity">The directory of the certificate and key with which to call it.</param>
/// <param name="Part">What it is; files from before there were terminals in them do not say it.</param>
public sealed record PartContext(string Name, Uri Address, string Identity, Role Part = Role.CertificateAuthority);

/// <summary>The contexts of this user: <c>$XDG_CONFIG_HOME/stationctl/contexts.json</c> (<c>~/.config</c> by default), mode 0600. It holds no secrets, only where they are.</summary>
public sealed record ContextFile
{
    /// <summary>The environment variable that chooses a context for one shell or script.</summary>
    public const string Variable = "STATIONCTL_CONTEXT";

    /// <summary>The CA that is used where nothing else is said.</summary>
    public string? Current { get; init; }

    /// <summary>The terminal that is used where nothing else is said.</summary>
    public string? CurrentTerminal { get; init; }

    /// <summary>The gateway that is used where nothing else is said.</summary>
    public string? CurrentGateway { get; init; }

    /// <summary>All of them by name.</summary>
    public SortedDictionary<string, PartContext> Contexts { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The context that the environment chooses, or null.</summary>
    internal static string? NamedByEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : null;

    private static string File => Path.Combine(Directory, "contexts.json");

    /// <summary>Where this user's files of <c>stationctl</c> are.</summary>
    internal static string Directory
    {
        get
        {
            var home = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
            var configuration = Path.IsPathRooted(home) ? home : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
            return Path.Combine(configuration, "stationctl");
        }
    }

    /// <summary>Reads the file; without one there are no contexts.</summary>
    /// <exception cref="ConfigurationException">It is not of this form.</exception>
    public static ContextFile Read()
    {
        if (!System.IO.File.Exists(File))
            return new ContextFile();
        try
        {
            return JsonSerializer.Deserialize<ContextFile>(System.IO.File.ReadAllBytes(File), JsonForm.Options)!;
        }
        catch (JsonException cause)
        {
            throw new ConfigurationException($"{File} is not a file of contexts: {cause.Message} Mend it, or delete it and add the contexts again.", cause);
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write()
    {
        DataDirectory.Open(Path.GetDirectoryName(File)!);
        DurableFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(this, JsonForm.Options));
    }

    /// <summary>The current context of a part, or null.</summary>
    public string? CurrentOf(Role part) => part switch
    {
        Role.CommunicationTerminal => CurrentTerminal,
        Role.Gateway => CurrentGateway,
        _ => Current,
    };

    /// <summary>The same with <paramref name="name"/>, which may be null, as the current context of a part.</summary>
    public ContextFile WithCurrent(Role part, string? name) => part switch
    {
        Role.CommunicationTerminal => this with { CurrentTerminal = name },
        Role.Gateway => this with { CurrentGateway = name },
        _ => this with { Current = name },
    };

    /// <summary>The context <paramref name="named"/>, else that of the environment, else the current one of <paramref name="part"/>, else null.</summary>
    /// <exception cref="ConfigurationException">There is none of that name, or it is of another part.</exception>
    public PartContext? Choose(string? named, ServedPart part)
    {
        var name = named ?? NamedByEnvironment ?? CurrentOf(part.Role);
        if (name is null)
            return null;
        var context = Of(name);
        return context.Part == part.Role
            ? context
            : throw new ConfigurationException($"Context {name} is no {part.Name}, and this command asks a {part.Name}. Name another one: --context NAME (stationctl context list shows them).");
    }

    /// <summary>The context of this name.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public PartContext Of(string name) => Contexts.TryGetValue(name, out var context)
        ? context
        : throw new ConfigurationException($"There is no context {name}. {(Contexts.Count == 0 ? "Add one: stationctl context add NAME --address URL --identity DIR" : "Contexts: " + string.Join(", ", Contexts.Keys))}");
}

using System.Text.Json;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control.Contexts;

/// <summary>A CA by name.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Address">Its service address, <c>https://…</c>.</param>
/// <param name="Identity">The directory of the certificate and key with which to call it.</param>
public sealed record CaContext(string Name, Uri Address, string Identity);

/// <summary>The contexts of this user: <c>$XDG_CONFIG_HOME/stationctl/contexts.json</c> (<c>~/.config</c> by default), mode 0600. It holds no secrets, only where they are.</summary>
public sealed record ContextFile
{
    /// <summary>The environment variable that chooses a context for one shell or script.</summary>
    public const string Variable = "STATIONCTL_CONTEXT";

    /// <summary>The one that is used where nothing else is said.</summary>
    public string? Current { get; init; }

    /// <summary>All of them by name.</summary>
    public SortedDictionary<string, CaContext> Contexts { get; init; } = new(StringComparer.Ordinal);

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

    /// <summary>The context <paramref name="named"/>, else that of the environment, else the current one, else null.</summary>
    /// <exception cref="ConfigurationException">There is none of that name.</exception>
    public CaContext? Choose(string? named)
    {
        var name = named ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : Current);
        return name is null ? null : Of(name);
    }

    /// <summary>The context of this name.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public CaContext Of(string name) => Contexts.TryGetValue(name, out var context)
        ? context
        : throw new ConfigurationException($"There is no context {name}. {(Contexts.Count == 0 ? "Add one: stationctl context add NAME --address URL --identity DIR" : "Contexts: " + string.Join(", ", Contexts.Keys))}");
}

using System.Globalization;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>What the ceremony's commands understand beside <c>--config</c>, <c>--data</c> and <c>--Section:Key=value</c>. No secret is among them.</summary>
internal sealed record CeremonyArguments
{
    /// <summary><c>--root-passphrase-file FILE</c>, or <c>-</c> for standard input.</summary>
    public string? RootPassphraseFile { get; private init; }

    /// <summary><c>--offline-root DIR</c>: where the root's key is to stand, or stands; otherwise Ceremony:OfflineRootDirectory.</summary>
    public string? OfflineRoot { get; private init; }

    /// <summary><c>--operator NAME</c>, once for each person who is present.</summary>
    public IReadOnlyList<string> Operators { get; private init; } = [];

    /// <summary><c>--protocol FILE</c>: the file to which the protocol is appended; otherwise <c>ceremony-protocol.txt</c> in the data directory.</summary>
    public string? Protocol { get; private init; }

    /// <summary><c>--generation N</c>: the generation to make; one that is there already is kept. Otherwise the next one.</summary>
    public int? Generation { get; private init; }

    /// <summary>The configuration file, which the protocol names.</summary>
    public string? Configuration { get; private init; }

    /// <summary>What does not begin with <c>--</c>.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>What is for the program's host.</summary>
    public string[] Host { get; private init; } = [];

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ConfigurationException">One lacks its value.</exception>
    public static CeremonyArguments Parse(string[] args)
    {
        var parsed = new CeremonyArguments();
        var (operators, names, host) = (new List<string>(), new List<string>(), new List<string>());
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--root-passphrase-file":
                    parsed = parsed with { RootPassphraseFile = Value(args, ref i) is var file && file == RootPassphrase.StandardInput ? file : Path.GetFullPath(file) };
                    break;
                case "--offline-root":
                    parsed = parsed with { OfflineRoot = Path.GetFullPath(Value(args, ref i)) };
                    break;
                case "--protocol":
                    parsed = parsed with { Protocol = Path.GetFullPath(Value(args, ref i)) };
                    break;
                case "--operator":
                    operators.Add(Printable.Shorten(Value(args, ref i), 100));
                    break;
                case "--generation":
                    parsed = parsed with { Generation = Number(Value(args, ref i)) };
                    break;
                case "--config" or "--data":
                    var name = args[i];
                    host.AddRange([name, Value(args, ref i)]);
                    if (name == "--config")
                        parsed = parsed with { Configuration = Path.GetFullPath(args[i]) };
                    break;
                case var argument when argument.StartsWith("--", StringComparison.Ordinal):
                    host.Add(argument);
                    break;
                default:
                    names.Add(args[i]);
                    break;
            }
        }

        return parsed with { Operators = operators, Names = names, Host = [.. host] };
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length && args[i].Length > 0 ? args[i] : throw new ConfigurationException($"{args[i - 1]} needs a value behind it.");

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1
        ? number
        : throw new ConfigurationException($"--generation takes a number from 1, not '{Printable.Shorten(text)}'.");
}

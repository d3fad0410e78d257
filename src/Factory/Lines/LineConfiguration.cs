using System.Text.Json;
using ProvisioningStation.Factory.Cables;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Factory.Lines;

/// <summary>What the launcher needs to know of a line station's configuration.</summary>
/// <param name="Line">The line.</param>
/// <param name="File">The configuration file.</param>
/// <param name="Station">Where the station's own interface is.</param>
/// <param name="Cable">Where the board on this line's cross cable answers.</param>
/// <param name="Kiosk">Where the line worker's page is; null where the line has none.</param>
public sealed record LineConfiguration(string Line, string File, Uri Station, Uri Cable, Uri? Kiosk)
{
    private static readonly JsonDocumentOptions Json = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The cable as a network namespace of its own; null where the board answers on loopback.</summary>
    public CrossCable? CrossCable { get; private init; }

    /// <summary>The network port that connections to the board leave through.</summary>
    public NetworkPort Port => CrossCable?.Port() ?? NetworkPort.Any;

    /// <summary>Reads every <c>line-*.json</c> of the folder, in the order of the names.</summary>
    /// <exception cref="FactoryException">There is none, or one lacks what the launcher needs.</exception>
    public static IReadOnlyList<LineConfiguration> ReadAll(string folder)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "line-*.json").Order(StringComparer.Ordinal).ToList() : [];
        if (files.Count == 0)
            throw new FactoryException($"{folder} has no line-*.json. Every line needs a configuration file.");
        return [.. files.Select(Read)];
    }

    /// <summary>The same line with its board at the end of <paramref name="cable"/>.</summary>
    public LineConfiguration Behind(CrossCable cable) => this with { Cable = Cables.CrossCable.Board, CrossCable = cable };

    private static LineConfiguration Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(System.IO.File.ReadAllText(file), Json);
            var root = document.RootElement;
            return new LineConfiguration(
                Value(root, "Line:Name").GetString()!,
                file,
                ListenAddress(root),
                new Uri(Value(root, "Board:Address").GetString()!),
                KioskAddress(root));
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            throw new FactoryException($"{file} is not the configuration of a line station: {cause.Message.ReplaceLineEndings(" ")} It needs Line:Name, Listen:Address, Listen:Port and Board:Address.", cause);
        }
    }

    /// <summary>The address that a program's configuration tells it to listen on, in <paramref name="section"/>.</summary>
    public static Uri ReadListenAddress(string file, string section = "Listen")
    {
        try
        {
            using var document = JsonDocument.Parse(System.IO.File.ReadAllText(file), Json);
            return ListenAddress(document.RootElement, section);
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException or IOException)
        {
            throw new FactoryException($"{file} can't be used: {cause.Message.ReplaceLineEndings(" ")} It needs {section}:Address and {section}:Port.", cause);
        }
    }

    private static Uri ListenAddress(JsonElement root, string section = "Listen") =>
        new UriBuilder("https", Value(root, section + ":Address").GetString(), Value(root, section + ":Port").GetInt32()).Uri;

    private static Uri? KioskAddress(JsonElement root) =>
        root.TryGetProperty(nameof(Kiosk), out var kiosk) && kiosk.TryGetProperty(nameof(Uri.Port), out var port) && port.GetInt32() is > 0 and var number
            ? new UriBuilder("http", kiosk.TryGetProperty("Address", out var address) ? address.GetString() : "127.0.0.1", number).Uri
            : null;

    private static JsonElement Value(JsonElement root, string path) => path.Split(':').Aggregate(root, (element, name) => element.GetProperty(name));
}

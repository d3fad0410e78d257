using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using ProvisioningStation.Board;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Gateway;
using ProvisioningStation.LineStation;
using ProvisioningStation.ProductionManagement;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.Configuration;

/// <summary>Every program with its shipped configuration, built but not started, in the directories that the shipped ceremony makes.</summary>
public sealed class ShippedPrograms : IDisposable
{
    /// <summary>The programs by the schema of their files. What each reads it says itself.</summary>
    private static readonly Dictionary<string, Func<string[], WebApplication>> Programs = new(StringComparer.Ordinal)
    {
        ["certificate-authority.schema.json"] = CertificateAuthorityApp.Build,
        ["communication-terminal.schema.json"] = CommunicationTerminalApp.Build,
        ["production-management.schema.json"] = ProductionManagementApp.Build,
        ["station.schema.json"] = LineStationApp.Build,
        ["board.schema.json"] = BoardApp.Build,
        ["gateway.schema.json"] = GatewayApp.Build,
    };

    private readonly TemporaryDirectory _directory = new();

    public ShippedPrograms()
    {
        CeremonyCommand.Run([.. Arguments("certificate-authority.json"), "--Ceremony:Demonstration=true"]);
        TestImages.Shared.WriteKeys(_directory["firmware-keys.pem"]); // what somebody has made before a line updates firmware
    }


    public static string Folder { get; } = RepositoryFiles.Resolve("station-config");

    /// <summary>The shipped schemas of programs.</summary>
    public static IEnumerable<string> Schemas => Names("*.schema.json").Where(name => name != SchemaNode.Common);

    /// <summary>The shipped configurations.</summary>
    public static IEnumerable<string> Files => Names("*.json").Where(name => !name.EndsWith(".schema.json", StringComparison.Ordinal)).Concat(Samples);

    /// <summary>Samples for kinds of lines; each takes the place of a shipped line's file.</summary>
    public static IEnumerable<string> Samples =>
        Directory.GetFiles(Path.Combine(Folder, "samples"), "*.json").Select(file => $"samples/{Path.GetFileName(file)}").Order(StringComparer.Ordinal);

    /// <summary>The schema that a shipped file names.</summary>
    public static string SchemaOf(string file)
    {
        using var document = Parse(file);
        var named = document.RootElement.EnumerateObject().First();
        return named.Name == "$schema" ? Path.GetFileName(named.Value.GetString()!) : throw new InvalidDataException($"{file} does not begin with $schema");
    }

    public static JsonDocument Parse(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file)));

    /// <summary>The program of a shipped file, as it would be started with these further arguments.</summary>
    public WebApplication Build(string file, params string[] overrides) => Programs[SchemaOf(file)]([.. Arguments(file), .. overrides]);

    public void Dispose() => _directory.Dispose();

    private string[] Arguments(string file) => ["--config", Path.Combine(Folder, file), "--data", _directory[DataOf(file)]];

    /// <summary>A sample runs on what the ceremony made for the line that it names.</summary>
    private static string DataOf(string file)
    {
        if (!file.StartsWith("samples/", StringComparison.Ordinal))
            return Path.GetFileNameWithoutExtension(file);
        using var document = Parse(file);
        return $"line-{document.RootElement.GetProperty("Line").GetProperty("Name").GetString()}";
    }

    private static IEnumerable<string> Names(string pattern) => Directory.GetFiles(Folder, pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
}

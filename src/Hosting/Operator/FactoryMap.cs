using System.Text.Json;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Operator;

/// <summary>Where the parts of one factory answer, and where an operator's own certificate lies: written by the launcher, read by the command line.</summary>
public sealed record FactoryMap(Uri CertificateAuthority, Uri Terminal, Uri ProductionManagement, IReadOnlyList<MappedLine> Lines)
{
    private const string FileName = "factory.json";

    /// <summary>The operator's certificate, in the factory's data directory.</summary>
    public const string OperatorDirectory = "operator";

    /// <summary>Where the gateway answers, if somebody starts one: the launcher does not. Null where it has no configuration, and in maps of earlier launchers.</summary>
    public Uri? Gateway { get; init; }

    /// <summary>Reads the map of the factory in <paramref name="directory"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/> where no factory has run there.</exception>
    public static FactoryMap Read(DataDirectory directory)
    {
        var file = directory.Resolve(FileName);
        if (!File.Exists(file))
            throw new ProvisioningException(ErrorCode.NotFound, $"No factory has run in {directory.Path}. Start one (dotnet run --project src/Factory), or name its place with --data DIR.");
        try
        {
            return JsonSerializer.Deserialize<FactoryMap>(File.ReadAllBytes(file), JsonForm.Options)!;
        }
        catch (JsonException cause)
        {
            throw new ProvisioningException(ErrorCode.NotFound, $"{file} is not a factory's map: {cause.Message} Start the factory again; it writes a new one.", cause);
        }
    }

    /// <summary>Writes the map.</summary>
    public void Write(DataDirectory directory) => DurableFile.Write(directory.Resolve(FileName), JsonSerializer.SerializeToUtf8Bytes(this, JsonForm.Options));
}

/// <summary>One line in the map: its station, its cross cable, and the named pipe of its virtual scanner.</summary>
public sealed record MappedLine(string Line, Uri Station, Uri Cable, string ScannerInput);

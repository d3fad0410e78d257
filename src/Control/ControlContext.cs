using System.CommandLine;
using System.Text.Json;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Control;

/// <summary>What every subcommand shares: which factory, as whom, in which form the answer comes, and what errors become.</summary>
public sealed class ControlContext : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new(JsonForm.Options) { WriteIndented = true };

    private ControlContext(DataDirectory directory, bool json)
    {
        Map = FactoryMap.Read(directory);
        Identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(directory.Resolve(FactoryMap.OperatorDirectory)));
        Json = json;
    }

    /// <summary>Where the factory's parts are.</summary>
    public FactoryMap Map { get; }

    /// <summary>The operator's certificate.</summary>
    public TlsIdentity Identity { get; }

    /// <summary>Whether the answer is wanted as JSON.</summary>
    public bool Json { get; }

    private static Option<string> DataOption => new("--data") { Description = "The factory's data directory.", DefaultValueFactory = _ => ".factory", Recursive = true };

    private static Option<bool> JsonOption => new("--json") { Description = "Answer as JSON." };

    /// <summary>Gives <paramref name="command"/> the common options and runs <paramref name="act"/>; errors become one line on standard error and an exit code.</summary>
    public static Command Run(Command command, Func<ControlContext, ParseResult, CancellationToken, Task<ExitCode>> act)
    {
        var data = DataOption;
        var json = JsonOption;
        command.Add(data);
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var directory = new DataDirectory(Path.GetFullPath(parsed.GetValue(data)!));
                using var context = new ControlContext(directory, parsed.GetValue(json));
                return (int)await act(context, parsed, cancellationToken);
            }
            catch (Exception cause) when (cause is ProvisioningException or ConfigurationException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync("stationctl: " + cause.Message.ReplaceLineEndings(" "));
                return (int)CodeOf(cause);
            }
        });
        return command;
    }

    /// <summary>A client of the part at <paramref name="address"/>.</summary>
    public OperatorClient Connect(Uri address, params Role[] role) => new(address, Identity, role);

    /// <summary>Prints a value as JSON.</summary>
    public static void PrintJson<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <inheritdoc/>
    public void Dispose() => Identity.Dispose();

    private static ExitCode CodeOf(Exception cause) => cause is not ProvisioningException known ? ExitCode.Local : known.Code switch
    {
        ErrorCode.NotAuthorized => ExitCode.NotAllowed,
        ErrorCode.NotFound or ErrorCode.NotInStore => ExitCode.NotFound,
        ErrorCode.Conflict or ErrorCode.AlreadyWritten or ErrorCode.AlreadyIssued => ExitCode.Conflict,
        ErrorCode.Internal or ErrorCode.CaUnavailable or ErrorCode.TerminalUnavailable or ErrorCode.BoardUnavailable or ErrorCode.PlanUnavailable => ExitCode.Server,
        _ => ExitCode.Local,
    };
}

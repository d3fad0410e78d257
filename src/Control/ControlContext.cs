using System.CommandLine;
using System.Text.Json;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Control;

/// <summary>What every subcommand shares: which factory, as whom, and in which form the answer comes.</summary>
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

    private static Option<bool> JsonOption => new(CommandRun.JsonOption) { Description = "Answer as JSON." };

    /// <summary>Gives <paramref name="command"/> the common options and runs <paramref name="act"/>.</summary>
    public static Command Run(Command command, Func<ControlContext, ParseResult, CancellationToken, Task<ExitCode>> act)
    {
        var data = DataOption;
        var json = JsonOption;
        command.Add(data);
        command.Add(json);
        return command.Acts(async (parsed, cancellationToken) =>
        {
            var directory = new DataDirectory(Path.GetFullPath(parsed.GetValue(data)!));
            using var context = new ControlContext(directory, parsed.GetValue(json));
            return await act(context, parsed, cancellationToken);
        });
    }

    /// <summary>A client of the part at <paramref name="address"/>.</summary>
    public OperatorClient Connect(Uri address, params Role[] role) => new(address, Identity, role);

    /// <summary>Prints a value as JSON.</summary>
    public static void PrintJson<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <inheritdoc/>
    public void Dispose() => Identity.Dispose();
}

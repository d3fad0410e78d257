using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Factory.Programs;

/// <summary>The place of one long-running program in the factory: what it is started with, where it answers, and its process while it runs.</summary>
public sealed class ProgramSeat(string name, string assembly, string configuration, string data, Uri address, Role role, string logs, TlsIdentity operatorIdentity, IReadOnlyList<string>? further = null) : IAsyncDisposable
{
    /// <summary>The program's name.</summary>
    public string Name => name;

    /// <summary>Where it answers.</summary>
    public Uri Address => address;

    /// <summary>The operator's way to it.</summary>
    public OperatorClient Client { get; } = new(address, operatorIdentity, role);

    /// <summary>Its process.</summary>
    public ChildProgram? Process { get; private set; }

    /// <summary>Starts the program.</summary>
    public void Start(IReadOnlyDictionary<string, string>? environment = null) =>
        Process = ChildProgram.Start(name, assembly, ["--config", configuration, "--data", data, .. further ?? []], logs, environment);

    /// <summary>Ends the program, where it runs, and starts it again.</summary>
    public async Task RestartAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        if (Process is not null)
            await Process.DisposeAsync();
        Start(environment);
    }

    /// <summary>Waits until it answers.</summary>
    public Task WaitUntilHealthyAsync(CancellationToken cancellationToken) => Process!.WaitUntilHealthyAsync(cancellationToken, Client);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        Client.Dispose();
    }
}

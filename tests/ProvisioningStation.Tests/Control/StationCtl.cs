using System.Diagnostics;
using ProvisioningStation.Control;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl</c> as its users run it: a process with arguments, streams and an exit code.</summary>
internal static class StationCtl
{
    /// <summary>Runs <c>stationctl ca …</c> against a running CA.</summary>
    public static Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(RunningAuthority authority, params string[] arguments)
    {
        new FactoryMap(authority.Address, authority.Address, authority.Address, []).Write(new DataDirectory(authority.Directory));
        return RunAsync(null, null, ["ca", .. arguments, "--data", authority.Directory]);
    }

    /// <summary>Runs <c>stationctl terminal …</c> against a terminal that was started.</summary>
    public static Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(TerminalUnderTest terminal, params string[] arguments) =>
        RunAsync(null, null, ["terminal", .. arguments, "--data", FactoryOf(terminal)]);

    /// <summary>The data directory of a factory that consists of this terminal, with the operator's identity.</summary>
    public static string FactoryOf(TerminalUnderTest terminal)
    {
        var factory = Path.Combine(terminal.Directory, "factory");
        if (!Directory.Exists(factory))
        {
            TestPki.Shared.WritePart(Path.Combine(factory, FactoryMap.OperatorDirectory), Role.Operator, "operator");
            new FactoryMap(terminal.Address, terminal.Address, terminal.Address, []).Write(new DataDirectory(factory));
        }

        return factory;
    }

    /// <summary>Runs <c>stationctl</c> with nothing on its standard input but <paramref name="input"/>, and with its configuration in <paramref name="home"/>.</summary>
    public static async Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(string? home, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ControlCommand).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_CONFIG_HOME"] = home ?? Path.Combine(Path.GetTempPath(), "stationctl-without-contexts");
        start.Environment.Remove("STATIONCTL_CONTEXT");
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return ((ExitCode)process.ExitCode, await output, await error);
    }
}

using ProvisioningStation.Factory;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>The launcher and <c>stationctl</c> as their users run them: as commands.</summary>
public static class LauncherProcess
{
    /// <summary>The arguments for <c>dotnet</c> that start the launcher on a prepared factory.</summary>
    public static string[] Arguments(TestFactory factory, params string[] arguments) =>
        [typeof(FactoryRun).Assembly.Location, "--data", factory.Layout.Root.Path, "--config", factory.Layout.Configuration, .. arguments];

    /// <summary>Runs the launcher to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(TestFactory factory, params string[] arguments) =>
        Tool.RunAsync("dotnet", Arguments(factory, arguments), seconds: 180);

    /// <summary>Runs the command line to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> ControlAsync(TestFactory factory, params string[] arguments) =>
        Tool.RunAsync("dotnet", [typeof(ProvisioningStation.Control.ControlCommand).Assembly.Location, .. arguments, "--data", factory.Layout.Root.Path]);
}

using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>What the launcher says and does when it can't start, when a program dies, and when it is told to stop.</summary>
public sealed class LauncherTests
{
    [Fact]
    public async Task PortInUse_IsSaidInOneLine()
    {
        await using var factory = TestFactory.Prepare();
        var address = LineConfiguration.ReadListenAddress(factory.Layout.ConfigurationFile("certificate-authority"));
        using var other = new TcpListener(IPAddress.Loopback, address.Port);
        other.Start();
        var (code, _, error) = await LauncherProcess.RunAsync(factory, "--units", "1", "--exit");
        Assert.Equal(1, code);
        Assert.Single(error.Trim().Split('\n'));
        Assert.Contains("certificate-authority", error, StringComparison.Ordinal);
        Assert.Contains($"{address.Port}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("communication-terminal.json", "\"PlanPull\"", "\"PlanPul\"", "PlanPul")]
    [InlineData("line-1001.json", "\"Address\"", "\"Adress\"", "line-1001.json")]
    [InlineData("certificate-authority.json", "{", "", "certificate-authority.json")]
    public async Task BrokenConfiguration_IsSaidInOneLineWithTheFile(string file, string part, string changed, string said)
    {
        await using var factory = TestFactory.Prepare((name, text) => name == file ? text.Replace(part, changed, StringComparison.Ordinal) : text);
        var (code, output, error) = await LauncherProcess.RunAsync(factory, "--units", "1", "--exit");
        Assert.True(code == 1, output + error);
        Assert.Single(error.Trim().Split('\n'));
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgramThatDies_EndsTheFactoryWithItsNameAndTheNextStartGoesOn()
    {
        await using var factory = TestFactory.Prepare();
        using var launcher = Tool.Start("dotnet", LauncherProcess.Arguments(factory, "--pace", "0.2"));
        var error = launcher.StandardError.ReadToEndAsync();
        await WaitForLineAsync(launcher.StandardOutput, "OK");
        var terminal = await FindProcessAsync(factory, "ProvisioningStation.CommunicationTerminal.dll");
        System.Diagnostics.Process.GetProcessById(terminal).Kill();
        await launcher.WaitForExitAsync();
        Assert.Equal(1, launcher.ExitCode);
        Assert.Contains("communication-terminal ended with exit code 137", await error, StringComparison.Ordinal);

        var (code, output, said) = await LauncherProcess.RunAsync(factory, "--units", "4", "--exit");
        Assert.True(code == 0, output + said);
    }

    [Fact]
    public async Task ControlC_EndsEveryProgramCleanly()
    {
        await using var factory = TestFactory.Prepare();
        using var launcher = Tool.Start("dotnet", LauncherProcess.Arguments(factory, "--pace", "0.2"));
        await WaitForLineAsync(launcher.StandardOutput, "OK");
        await Tool.RunOkAsync("kill", "-INT", $"{launcher.Id}");
        await launcher.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        Assert.Equal(0, launcher.ExitCode);
        Assert.Empty(await launcher.StandardError.ReadToEndAsync());
        foreach (var log in Directory.GetFiles(factory.Layout.Logs).Where(log => !log.EndsWith("-setup.log", StringComparison.Ordinal)))
            Assert.Contains("stopped", (await File.ReadAllLinesAsync(log))[^1], StringComparison.Ordinal);
        Assert.Empty(await ProcessesOfAsync(factory));
    }

    [Fact]
    public async Task ControlCBeforeTheUnitsAreProved_IsNoSuccess()
    {
        await using var factory = TestFactory.Prepare();
        using var launcher = Tool.Start("dotnet", LauncherProcess.Arguments(factory, "--units", "70", "--exit"));
        await WaitForLineAsync(launcher.StandardOutput, "OK");
        await Tool.RunOkAsync("kill", "-INT", $"{launcher.Id}");
        await launcher.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        Assert.Equal(1, launcher.ExitCode);
        Assert.Contains("of 70 units proved", await launcher.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--units", "abc")]
    [InlineData("--units", "0")]
    [InlineData("--units", "99999999999")]
    [InlineData("--pace", "NaN")]
    [InlineData("--pace", "1e30")]
    public async Task BadOption_IsSaidWithoutAStackTrace(string option, string value)
    {
        var (code, output, error) = await Tool.RunAsync("dotnet", [typeof(ProvisioningStation.Factory.FactoryRun).Assembly.Location, option, value]);
        Assert.Equal(1, code);
        Assert.Contains(option, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LauncherKilled_LeavesNoProgramBehind()
    {
        await using var factory = TestFactory.Prepare();
        using var launcher = Tool.Start("dotnet", LauncherProcess.Arguments(factory, "--pace", "0.2"));
        await WaitForLineAsync(launcher.StandardOutput, "OK");
        Assert.NotEmpty(await ProcessesOfAsync(factory));
        launcher.Kill();
        await Wait.UntilAsync("every program to end", async () => (await ProcessesOfAsync(factory)).Count == 0);
    }

    [Fact]
    public async Task SecondLauncher_IsToldThatOneRuns()
    {
        await using var factory = TestFactory.Prepare();
        using var held = new FileStream(factory.Layout.Root.Resolve("factory.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var (code, _, error) = await LauncherProcess.RunAsync(factory, "--units", "1", "--exit");
        Assert.Equal(1, code);
        Assert.Contains("Another factory runs", error, StringComparison.Ordinal);
    }

    private static async Task WaitForLineAsync(StreamReader output, string wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var seen = new List<string>();
        while (await output.ReadLineAsync(limit.Token) is { } line)
        {
            seen.Add(line);
            if (line.Contains(wanted, StringComparison.Ordinal))
            {
                _ = output.ReadToEndAsync(CancellationToken.None);
                return;
            }
        }

        Assert.Fail($"The launcher ended without '{wanted}': {string.Join('\n', seen)}");
    }

    private static async Task<int> FindProcessAsync(TestFactory factory, string assembly) =>
        (await ProcessesOfAsync(factory)).Single(process => process.CommandLine.Contains(assembly, StringComparison.Ordinal)).Id;

    private static async Task<List<(int Id, string CommandLine)>> ProcessesOfAsync(TestFactory factory)
    {
        var found = new List<(int, string)>();
        foreach (var directory in Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                var commandLine = (await File.ReadAllTextAsync(Path.Combine(directory, "cmdline"))).Replace('\0', ' ');
                if (commandLine.Contains("ProvisioningStation.", StringComparison.Ordinal) && commandLine.Contains(factory.Directory, StringComparison.Ordinal) && !commandLine.Contains("ProvisioningStation.Factory.dll", StringComparison.Ordinal))
                    found.Add((int.Parse(Path.GetFileName(directory), System.Globalization.CultureInfo.InvariantCulture), commandLine));
            }
            catch (IOException)
            {
                // It ended while we looked.
            }
        }

        return found;
    }
}

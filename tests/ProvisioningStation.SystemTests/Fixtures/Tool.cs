using System.Diagnostics;
using Xunit;
using Xunit.Sdk;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>Programs that we did not write.</summary>
public static class Tool
{
    /// <summary>Whether <paramref name="command"/> can be run here.</summary>
    public static bool Exists(string command) =>
        Path.IsPathRooted(command)
            ? File.Exists(command)
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, command)));

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string command, IEnumerable<string> arguments, string? directory = null, double seconds = 120)
    {
        using var process = Start(command, arguments, directory);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new XunitException($"{command} did not end within {seconds} s. It printed: {await output} {await error}");
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<string> RunOkAsync(string command, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(command, arguments);
        Assert.True(code == 0, $"{command} {string.Join(' ', arguments)} ended with {code}: {output} {error}");
        return output;
    }

    public static Process Start(string command, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}

/// <summary>A test that needs a program which is not on every machine: skipped, visibly, where it is missing.</summary>
public sealed class FactNeedsAttribute : FactAttribute
{
    public FactNeedsAttribute(params string[] commands)
    {
        if (commands.FirstOrDefault(command => !Tool.Exists(command)) is { } missing)
            Skip = $"{missing} is not installed here.";
    }
}

/// <inheritdoc cref="FactNeedsAttribute"/>
public sealed class TheoryNeedsAttribute : TheoryAttribute
{
    public TheoryNeedsAttribute(params string[] commands) => Skip = new FactNeedsAttribute(commands).Skip;
}

/// <summary>A test that mounts file systems or makes network namespaces of its own: skipped, visibly, where it is not root or a program is missing.</summary>
public sealed class FactAsRootAttribute : FactAttribute
{
    public FactAsRootAttribute(params string[] commands) => Skip = FindMissing(commands);

    /// <summary>Why it is skipped; null where it is not.</summary>
    public static string? FindMissing(params string[] commands) => Environment.IsPrivilegedProcess
        ? new FactNeedsAttribute(commands).Skip
        : "Only root may mount file systems and make network namespaces.";
}

/// <inheritdoc cref="FactAsRootAttribute"/>
public sealed class TheoryAsRootAttribute : TheoryAttribute
{
    public TheoryAsRootAttribute(params string[] commands) => Skip = FactAsRootAttribute.FindMissing(commands);
}

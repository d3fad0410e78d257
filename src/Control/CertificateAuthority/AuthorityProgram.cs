using System.Diagnostics;
using System.Text.RegularExpressions;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary>
/// The program CertificateAuthority on this machine, run as a child process: only it may touch signing keys. What it says is passed on. Secrets reach it by file, or by this program's own
/// standard input, which it inherits.
/// </summary>
internal static partial class AuthorityProgram
{
    private const string Assembly = "ProvisioningStation.CertificateAuthority";

    /// <summary>Runs it to its end.</summary>
    /// <param name="program">Its .dll or executable; null looks beside this program and where a build of the sources puts it.</param>
    /// <param name="arguments">No secret: every user of the machine can read them.</param>
    /// <param name="say">Called with each line that it prints.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it has done its work; otherwise it has said why on standard error.</returns>
    /// <exception cref="ConfigurationException">It is not here.</exception>
    public static async Task<bool> RunAsync(string? program, IEnumerable<string> arguments, Action<string> say, CancellationToken cancellationToken)
    {
        var file = Find(program);
        var start = new ProcessStartInfo { RedirectStandardOutput = true, UseShellExecute = false };
        if (file.EndsWith(".dll", StringComparison.Ordinal))
        {
            start.FileName = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
            start.ArgumentList.Add(file);
        }
        else
        {
            start.FileName = file;
        }

        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
                    say(line);
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(); // what it had begun, its next run completes
                throw;
            }

            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            throw new ConfigurationException($"{file} can't be started: {cause.Message}", cause);
        }
    }

    /// <summary>Reads a line that the ceremony says of one thing that it made or kept; null where it is another line.</summary>
    public static CeremonyStep? ReadStep(string line)
    {
        var match = StepPattern().Match(line);
        return match.Success
            ? new CeremonyStep(match.Groups["did"].Value, match.Groups["what"].Value, match.Groups["sha256"].Value, match.Groups["to"].Value, match.Groups["file"].Value, match.Groups["key"] is { Success: true, Value: var key } ? key : null)
            : null;
    }

    private static string Find(string? program)
    {
        if (program is not null)
            return File.Exists(program) ? Path.GetFullPath(program) : throw new ConfigurationException($"--program: there is no file {program}.");
        var here = new DirectoryInfo(AppContext.BaseDirectory); // src/Control/bin/Debug/net10.0 in a build of the sources
        var sources = here.Parent?.Parent?.Parent?.Parent?.FullName ?? here.FullName;
        string[] places = [here.FullName, Path.Combine(sources, "CertificateAuthority", "bin", here.Parent?.Name ?? string.Empty, here.Name)];
        return places.Select(place => Path.Combine(place, Assembly + ".dll")).FirstOrDefault(File.Exists)
            ?? throw new ConfigurationException($"The program {Assembly} is not on this machine ({string.Join(", ", places)}). Run this where the CA is installed, or say where it is: --program FILE.");
    }

    [GeneratedRegex(@"^(?<did>made|kept)  (?<what>.+?) +SHA-256 (?<sha256>[0-9a-f]{64})  valid to (?<to>[0-9-]{10})  (?<file>.+?)(?:  key: (?<key>.+))?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StepPattern();
}

/// <summary>One thing that a ceremony made, or found made.</summary>
/// <param name="Did"><c>made</c> or <c>kept</c>.</param>
/// <param name="What">What it is.</param>
/// <param name="Sha256">The certificate's fingerprint.</param>
/// <param name="ValidTo">The certificate's last day, UTC.</param>
/// <param name="Certificate">The certificate's file.</param>
/// <param name="Key">Where the key is; null where this machine has none.</param>
internal sealed record CeremonyStep(string Did, string What, string Sha256, string ValidTo, string Certificate, string? Key);

using System.Diagnostics;
using ProvisioningStation.SystemTests.Ftp;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>lftp → vsftpd, what every transfer here is compared with.</summary>
internal static class PeerTransfer
{
    /// <summary>The name of what is stored.</summary>
    public const string FileName = "firmware.img";

    /// <summary>Why it can't be measured here; null where it can.</summary>
    public static string? FindMissing()
    {
        if (!Environment.IsPrivilegedProcess)
            return "vsftpd starts as root only.";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':');
        return new[] { "vsftpd", "lftp" }.FirstOrDefault(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program)))) is { } missing ? $"{missing} is not installed." : null;
    }

    /// <summary>Stores a file with lftp, and returns the seconds that it took.</summary>
    /// <exception cref="InvalidOperationException">lftp failed; the message has what it said.</exception>
    public static async Task<double> StoreAsync(ForeignFtpServer server, string password, string file, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("lftp", ["--norc"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LFTP_PASSWORD"] = password;
        var started = Stopwatch.GetTimestamp();
        using var lftp = Process.Start(start)!;
        var said = Task.WhenAll(lftp.StandardOutput.ReadToEndAsync(cancellationToken), lftp.StandardError.ReadToEndAsync(cancellationToken));
        await lftp.StandardInput.WriteAsync($"""
            set cmd:fail-exit yes
            set net:max-retries 1
            set ftp:ssl-allow no
            open --user {server.User} --env-password -p {server.Address.Port} ftp://{server.Address.Address}
            put {file} -o {server.Folder}/{FileName}
            quit

            """.AsMemory(), cancellationToken);
        lftp.StandardInput.Close();
        await lftp.WaitForExitAsync(cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return lftp.ExitCode == 0 ? seconds : throw new InvalidOperationException($"lftp ended with {lftp.ExitCode}: {string.Concat(await said)}");
    }

    /// <summary>Takes away what was stored, which must be whole.</summary>
    /// <exception cref="InvalidOperationException">It is not: what was measured is worth nothing.</exception>
    public static void Remove(ForeignFtpServer server, long length)
    {
        var stored = new FileInfo(server[FileName]);
        if (!stored.Exists || stored.Length != length)
            throw new InvalidOperationException($"{(stored.Exists ? stored.Length : 0)} of {length} bytes were stored.");
        stored.Delete();
    }
}

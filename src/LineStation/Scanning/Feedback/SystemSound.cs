using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ProvisioningStation.LineStation.Scanning.Feedback;

/// <summary>Plays sounds by a program of the operating system, one after another. That it is missing, fails or hangs is said once and hurts nothing but the sound.</summary>
internal sealed partial class SystemSound(FeedbackOptions options, TimeProvider time, ILogger<SystemSound> logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly string[] _command = options.Sound.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    private bool _wasHeard = true; // so that the first failure is logged

    /// <summary>Plays a WAV file.</summary>
    /// <returns>Whether the program said that it did.</returns>
    public async Task<bool> PlayAsync(byte[] wave, CancellationToken cancellationToken)
    {
        if (_command.Length == 0 || wave.Length == 0)
            return false;
        var problem = await RunAsync(wave, cancellationToken);
        if (problem is not null && _wasHeard)
            LogSilent(logger, _command[0], problem);
        _wasHeard = problem is null;
        return _wasHeard;
    }

    private async Task<string?> RunAsync(byte[] wave, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_command[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in _command.Skip(1))
            start.ArgumentList.Add(argument);
        using var limit = new CancellationTokenSource(Longest, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Exception cause) when (cause is Win32Exception or InvalidOperationException)
        {
            return cause.Message;
        }

        try
        {
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await process.StandardInput.BaseStream.WriteAsync(wave, ends.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(ends.Token);
            return process.ExitCode == 0 ? null : $"it ended with {process.ExitCode}";
        }
        catch (Exception cause) when (cause is IOException or OperationCanceledException)
        {
            if (!process.HasExited)
                process.Kill();
            return cause is IOException ? cause.Message : $"it did not end within {Longest.TotalSeconds:0} seconds";
        }
    }

    [LoggerMessage(308, LogLevel.Warning, "No sound: {Program} can't play it: {Problem}")]
    private static partial void LogSilent(ILogger logger, string program, string problem);
}

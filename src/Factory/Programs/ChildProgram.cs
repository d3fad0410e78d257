using System.Diagnostics;
using System.Runtime.InteropServices;
using ProvisioningStation.Hosting.Operator;

namespace ProvisioningStation.Factory.Programs;

/// <summary>
/// One program of the factory as a process of its own. Its output goes to a log file. It ends when told to, and by itself when the launcher is gone:
/// its standard input is a pipe whose other end only the launcher holds.
/// </summary>
public sealed partial class ChildProgram : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Task _output;
    private string _lastWords = string.Empty;
    private bool _stopping;

    private ChildProgram(string name, Process process, StreamWriter log)
    {
        Name = name;
        _process = process;
        _log = log;
        _output = Task.WhenAll(CopyAsync(process.StandardOutput, isError: false), CopyAsync(process.StandardError, isError: true));
        Ended = WaitAsync();
    }

    /// <summary>The name that people know it by, and of its log file.</summary>
    public string Name { get; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Completes when the process has ended and its output is in the log.</summary>
    public Task Ended { get; }

    /// <summary>Whether it ended without having been told to.</summary>
    public bool Died => Ended.IsCompleted && !_stopping;

    /// <summary>How it ended, in one line with its own last words.</summary>
    public string Obituary => $"{Name} ended with exit code {_process.ExitCode}{(_lastWords.Length > 0 ? ": " + _lastWords : ".")} (log: {((FileStream)_log.BaseStream).Name})";

    /// <summary>Starts <paramref name="assembly"/>, which stands beside this program, with <paramref name="arguments"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="assembly">Such as <c>ProvisioningStation.Board</c>.</param>
    /// <param name="arguments">Never a secret: every user of the machine can read them.</param>
    /// <param name="logDirectory">Where its log goes.</param>
    /// <param name="environment">Further environment variables.</param>
    /// <param name="networkNamespace">The network namespace to run it in; null is the launcher's own.</param>
    public static ChildProgram Start(
        string name,
        string assembly,
        IEnumerable<string> arguments,
        string logDirectory,
        IReadOnlyDictionary<string, string>? environment = null,
        string? networkNamespace = null)
    {
        var dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        string[] command = networkNamespace is null ? [dotnet] : ["ip", "netns", "exec", networkNamespace, dotnet]; // ip becomes the program: the process id stays
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--stop-on-stdin-end");
        foreach (var (key, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[key] = value;
        var log = new StreamWriter(new FileStream(Path.Combine(logDirectory, name + ".log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        var process = Process.Start(start) ?? throw new FactoryException($"{name} could not be started.");
        return new ChildProgram(name, process, log);
    }

    /// <summary>Waits until the program answers one of <paramref name="clients"/> for its health.</summary>
    /// <exception cref="FactoryException">It ended, or did not answer in time.</exception>
    public async Task WaitUntilHealthyAsync(CancellationToken cancellationToken, params OperatorClient[] clients)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(clients, cancellationToken))
        {
            if (Ended.IsCompleted)
                throw new FactoryException(Obituary);
            if (Stopwatch.GetElapsedTime(started) > HealthLimit)
                throw new FactoryException($"{Name} runs but did not answer within {HealthLimit.TotalSeconds:F0} s.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        if (Ended.IsCompleted)
            throw new FactoryException(Obituary); // somebody else answered at its address
    }

    private static async Task<bool> AnswersAsync(OperatorClient[] clients, CancellationToken cancellationToken)
    {
        foreach (var client in clients)
        {
            if (await client.FindHealthAsync(cancellationToken) is not null)
                return true;
        }

        return false;
    }

    /// <summary>Waits until the program, one that does its work and ends, has ended with exit code 0.</summary>
    /// <exception cref="FactoryException">It ended with another.</exception>
    public async Task WaitUntilDoneAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        await Ended.WaitAsync(cancellationToken);
        if (_process.ExitCode != 0)
            throw new FactoryException(Obituary);
    }

    /// <summary>Asks the program to end, and ends it where it does not.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        if (!Ended.IsCompleted)
        {
            _ = Kill(_process.Id, SigTerm);
            try
            {
                await Ended.WaitAsync(StopLimit, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                _process.Kill();
                await Ended;
            }
        }
    }

    /// <summary>Takes its power away: SIGKILL, no goodbye.</summary>
    public async Task KillAsync()
    {
        _stopping = true;
        _process.Kill();
        await Ended;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        await _log.DisposeAsync();
    }

    private async Task WaitAsync()
    {
        await _process.WaitForExitAsync();
        await _output;
    }

    private async Task CopyAsync(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_log)
                _log.WriteLine(line);
            if (isError && line.Length > 0)
                _lastWords = line;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

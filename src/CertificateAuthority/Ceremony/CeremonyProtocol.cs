using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>
/// The record of every key ceremony: who, when, on which machine, with which program and configuration, what was made or kept with its fingerprint, and where keys are. A text file that is
/// only ever appended to, each line on the disk before the next step, so that a ceremony that was broken off shows too. It holds no secret. While it is open no second ceremony can run.
/// </summary>
internal sealed class CeremonyProtocol : IDisposable
{
    private readonly FileStream _file;
    private readonly TimeProvider _time;

    private CeremonyProtocol(FileStream file, TimeProvider time)
    {
        _file = file;
        _time = time;
    }

    /// <summary>Opens <paramref name="file"/> for one more ceremony.</summary>
    /// <exception cref="ConfigurationException">Another ceremony runs, or the file can't be written.</exception>
    public static CeremonyProtocol Open(string file, TimeProvider time)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = DataDirectory.OwnerOnlyFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        try
        {
            var stream = new FileStream(file, options);
            stream.Seek(0, SeekOrigin.End);
            return new CeremonyProtocol(stream, time);
        }
        catch (IOException cause) when (DataDirectory.IsLocked(cause))
        {
            throw new ConfigurationException($"Another ceremony is running: it writes {file}. Wait for its end.", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The protocol {file} can't be written: {cause.Message}", cause);
        }
    }

    /// <summary>Writes who does what, when and where.</summary>
    public void Begin(string command, CeremonyArguments arguments)
    {
        var program = typeof(CeremonyProtocol).Assembly;
        Write($"=== {command}, {UtcText.Of(_time.GetUtcNow())}");
        Write($"present        {(arguments.Operators.Count > 0 ? string.Join("; ", arguments.Operators) : "nobody was named (--operator NAME)")}");
        Write($"account        {Environment.UserName} on {Environment.MachineName} ({Environment.OSVersion.VersionString})");
        Write($"program        {program.GetName().Name} {program.GetName().Version}, SHA-256 {Digest(program.Location)}");
        if (arguments.Configuration is { } file && File.Exists(file))
            Write($"configuration  {file}, SHA-256 {Digest(file)}");
    }

    /// <summary>Appends a line and forces it to the disk.</summary>
    public void Write(string line) => Append(line.ReplaceLineEndings(" ") + "\n");

    /// <summary>Closes this ceremony's record with how it ended.</summary>
    public void End(string outcome) => Append($"{outcome.ReplaceLineEndings(" ")}, {UtcText.Of(_time.GetUtcNow())}\n\n");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Append(string text)
    {
        _file.Write(Encoding.UTF8.GetBytes(text));
        _file.Flush(flushToDisk: true);
    }

    private static string Digest(string file)
    {
        if (file.Length == 0)
            return "unknown";
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

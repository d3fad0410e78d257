using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.SystemTests.Ftp;

/// <summary>
/// vsftpd or Pure-FTPd as a process on a free port of a loopback address, with a configuration, one login and a folder of its own in a temporary directory. Both start as root, and serve as users who
/// may write nothing else. The benchmarks measure against the same.
/// </summary>
internal sealed class ForeignFtpServer : IAsyncDisposable
{
    /// <summary>Names the folder that Debian's package pure-ftpd is unpacked in, because it can't be installed beside vsftpd.</summary>
    private const string PureVariable = "PROVISIONING_PURE_FTPD";

    private readonly string _directory;
    private readonly Process _process;

    private ForeignFtpServer(string directory, Process process, IPEndPoint address, string user)
    {
        _directory = directory;
        _process = process;
        Address = address;
        User = user;
    }

    public static string PureFtpd => Environment.GetEnvironmentVariable(PureVariable) is { Length: > 0 } unpacked ? Path.Combine(unpacked, "usr/sbin/pure-ftpd") : "pure-ftpd";

    public IPEndPoint Address { get; }

    public string User { get; }

    /// <summary>The only folder that can be written, as the session names it.</summary>
    public string Folder => "/upload";

    /// <summary>The server's process: its sessions are its children.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Where a file of <see cref="Folder"/> lies on this machine.</summary>
    public string this[string name] => Path.Combine(_directory, "served", "upload", name);

    /// <summary>A server of the name <c>vsftpd</c> or <c>pure-ftpd</c>.</summary>
    /// <param name="server">Which.</param>
    /// <param name="address">A loopback address.</param>
    /// <param name="password">The only one that it lets in.</param>
    /// <param name="parent">Where the temporary directory is made; null takes the system's place for such.</param>
    public static async Task<ForeignFtpServer> StartAsync(string server, IPAddress address, string password, string? parent = null)
    {
        var directory = Path.Combine(parent ?? Path.GetTempPath(), $"{server}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory);
        var user = server == "vsftpd" ? "daemon" : "nobody"; // vsftpd asks for one whose home directory exists
        await RunAsync("install", ["-d", "-m", "0755", Path.Combine(directory, "empty"), Path.Combine(directory, "served")]);
        await RunAsync("install", ["-d", "-m", "0755", "-o", user, Path.Combine(directory, "served", "upload")]);
        var endpoint = new IPEndPoint(address, FreePort.Find());
        var (name, program, arguments) = server == "vsftpd"
            ? ("anonymous", "vsftpd", [await WriteVsftpdAsync(directory, endpoint, user, password)])
            : ("gateway", PureFtpd, await WritePureFtpdAsync(directory, endpoint, user, password));
        var started = new ForeignFtpServer(directory, Start(program, arguments), endpoint, name);
        try
        {
            await started.WaitAsync();
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>vsftpd knows no users but the system's, apart from one: its anonymous one may be asked for a password from a list.</summary>
    private static async Task<string> WriteVsftpdAsync(string directory, IPEndPoint endpoint, string user, string password)
    {
        var passwords = Path.Combine(directory, "passwords");
        await File.WriteAllTextAsync(passwords, password + "\n");
        var isIPv6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        var configuration = Path.Combine(directory, "vsftpd.conf");
        await File.WriteAllTextAsync(configuration, $"""
            background=NO
            {(isIPv6 ? "listen_ipv6=YES" : "listen=YES")}
            {(isIPv6 ? "listen_address6" : "listen_address")}={endpoint.Address}
            listen_port={endpoint.Port}
            anonymous_enable=YES
            local_enable=NO
            secure_email_list_enable=YES
            email_password_file={passwords}
            ftp_username={user}
            anon_root={Path.Combine(directory, "served")}
            anon_upload_enable=YES
            anon_other_write_enable=YES
            anon_world_readable_only=NO
            anon_umask=022
            write_enable=YES
            secure_chroot_dir={Path.Combine(directory, "empty")}
            seccomp_sandbox=NO
            xferlog_enable=NO
            delay_failed_login=0

            """);
        return configuration;
    }

    private static async Task<string[]> WritePureFtpdAsync(string directory, IPEndPoint endpoint, string user, string password)
    {
        var (users, database) = (Path.Combine(directory, "users"), Path.Combine(directory, "users.pdb"));
        var editor = Path.IsPathRooted(PureFtpd) ? Path.Combine(Path.GetDirectoryName(PureFtpd)!, "../bin/pure-pw") : "pure-pw";
        await RunAsync(editor, ["useradd", "gateway", "-f", users, "-F", database, "-u", user, "-d", Path.Combine(directory, "served"), "-m"], $"{password}\n{password}\n");
        return ["-S", $"{endpoint.Address},{endpoint.Port}", "-l", "puredb:" + database, "-u", "1", "-E", "-A", "-H", "-g", Path.Combine(directory, "pid")];
    }

    private static Process Start(string program, IEnumerable<string> arguments, bool hasInput = false)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = hasInput, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new Win32Exception($"{program} did not start.");
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        using var process = Start(program, arguments, hasInput: input is not null);
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }

        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}: {string.Concat(await said)}");
    }

    private async Task WaitAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            using var socket = new Socket(Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(Address);
                return;
            }
            catch (SocketException) when (attempt < 600 && !_process.HasExited)
            {
                await Task.Delay(50);
            }
            catch (SocketException)
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} does not listen: {(_process.HasExited ? await _process.StandardOutput.ReadToEndAsync() + await _process.StandardError.ReadToEndAsync() : "it runs.")}");
            }
        }
    }
}

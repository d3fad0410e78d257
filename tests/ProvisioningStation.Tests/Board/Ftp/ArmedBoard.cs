using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>The real board program with a one-time password stored, which takes images of <see cref="TestImages.Shared"/> for model 3012.</summary>
internal sealed class ArmedBoard : IAsyncDisposable
{
    public const string Id = "site-1";
    public const string Password = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly TemporaryDirectory _directory = new();
    private RunningBoard _board = null!;
    private FtpServer? _server;

    /// <summary>Who has stored the password.</summary>
    public static UpdatePeer Peer { get; } = new(Role.Gateway, "site-1", IPAddress.Loopback);

    /// <summary>The board's directory.</summary>
    public string Directory => _directory.Path;

    /// <summary>What it keeps of the password.</summary>
    public UpdatePassword Stored => _board.Service<UpdatePassword>();

    /// <summary>Where FTP is; null while it is closed.</summary>
    public IPEndPoint? Address => (_server ?? _board.Service<FtpServer>()).EndPoint;

    public static async Task<ArmedBoard> StartAsync(params string[] options)
    {
        var armed = new ArmedBoard();
        System.IO.Directory.CreateDirectory(armed._directory["flash/boot-loader"]);
        System.IO.Directory.CreateDirectory(armed._directory["nvram"]);
        TestImages.Shared.WriteKeys(armed._directory["flash/boot-loader/firmware-keys.pem"]);
        DurableFile.Write(armed._directory["nvram/machine-number"], NvramValue.Seal(Encoding.ASCII.GetBytes("3012-100001\n")));
        armed._board = await RunningBoard.StartAsync(armed.Directory, options: ["--Ftp:Port=0", "--Ftp:PassivePorts=0", .. options]);
        armed.Stored.Store(Id, Password, Peer);
        return armed;
    }

    /// <summary>As <see cref="StartAsync(string[])"/>, with an FTP server whose time limits pass by <paramref name="time"/>.</summary>
    public static async Task<ArmedBoard> StartAsync(TimeProvider time, params string[] options)
    {
        var armed = await StartAsync(options);
        var board = armed._board;
        armed._server = new FtpServer(
            armed.Stored,
            board.Service<FirmwareInbox>(),
            board.Service<RunningFirmware>(),
            board.Service<FtpOptions>(),
            board.Service<ListenOptions>(),
            time,
            board.Service<HealthState>(),
            board.Service<ILogger<FtpServer>>());
        await armed._server.StartAsync(CancellationToken.None);
        return armed;
    }

    /// <summary>Everything that the program says from now on.</summary>
    public RecordedLog Record()
    {
        var log = new RecordedLog();
        _board.Service<ILoggerFactory>().AddProvider(log);
        return log;
    }

    /// <summary>A client that is logged in.</summary>
    public Task<FtpTalk> LogInAsync() => FtpTalk.LogInAsync(Address!, Id, Password);

    /// <summary>A client that is connected.</summary>
    public Task<FtpTalk> ConnectAsync() => FtpTalk.ConnectAsync(Address!);

    /// <summary>A client that is connected, as soon as the session before has ended.</summary>
    public async Task<FtpTalk> ConnectSoonAsync()
    {
        while (true)
        {
            var talk = await FtpTalk.OpenAsync(Address!);
            try
            {
                if ((await talk.ReplyAsync()).StartsWith("220", StringComparison.Ordinal))
                    return talk;
            }
            catch (SocketException)
            {
                // Reset behind the 421.
            }

            talk.Dispose();
            await Task.Delay(10);
        }
    }

    /// <summary>A client that is logged in, as soon as the session before has ended.</summary>
    public async Task<FtpTalk> LogInSoonAsync()
    {
        var talk = await ConnectSoonAsync();
        await talk.LogInAsync(Id, Password);
        return talk;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.StopAsync(CancellationToken.None);
        await _board.DisposeAsync();
        _directory.Dispose();
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Board;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.SystemTests.Firmware;

/// <summary>A board as a process of its own, blank and without a factory: what a new firmware does to it can be asked over TLS and read in its memories.</summary>
public sealed class BoardProcess : IAsyncDisposable
{
    private const string Password = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly string _directory = Directory.CreateTempSubdirectory("board").FullName;
    private readonly int _port = FreePort.Find();
    private readonly int _ftpPort = FreePort.Find();

    /// <summary>The program while the board is powered.</summary>
    public ChildProgram? Program { get; private set; }

    /// <summary>A file of the board's memories.</summary>
    public string this[string name] => Path.Combine(_directory, "board", name);

    /// <summary>Where markers go.</summary>
    public string Markers => _directory;

    /// <summary>The active slot, and what is in the record of the last fall back.</summary>
    internal BootRecord Record => BootRecord.Read(this["nvram/boot"]) ?? new BootRecord();

    /// <summary>Powers it on.</summary>
    public void PowerOn(IReadOnlyDictionary<string, string>? environment = null, params string[] further) => Program = ChildProgram.Start(
        "board",
        FactoryPrograms.Board,
        [
            "--data", this[string.Empty],
            string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={_port}"),
            string.Create(CultureInfo.InvariantCulture, $"--Ftp:Port={_ftpPort}"),
            "--Ftp:PassivePorts=0",
            "--Board:Models:0=3012",
            $"--Board:FirmwareKeys={TestImages.Shared.WriteKeys(Path.Combine(_directory, "keys.pem"))}",
            .. further,
        ],
        _directory,
        environment);

    /// <summary>Powers it off.</summary>
    public async Task PowerOffAsync()
    {
        if (Program is not null)
            await Program.DisposeAsync();
        Program = null;
    }

    /// <summary>Stores a one-time password, as an updating side on this machine has. The board is off.</summary>
    public void Arm()
    {
        var map = new MemoryMap(DataDirectory.Open(this[string.Empty]));
        DataDirectory.Open(map.Nvram);
        StoredUpdatePassword.Create("peer", Password, new UpdatePeer(Role.Gateway, "peer", IPAddress.Loopback), PasswordState.Armed).Write(map.UpdatePassword);
    }

    /// <summary>Waits until the board lets its updating side in.</summary>
    public async Task<FtpClient> LogInAsync()
    {
        FtpClient? client = null;
        await Wait.UntilAsync("FTP", async () => (client = await FindAsync()) is not null);
        return client!;
    }

    /// <summary>The version that the board says over FTP (U-9), when it says one.</summary>
    public async Task<string> ReadVersionAsync()
    {
        await using var client = await LogInAsync();
        return (await client.ReadTextAsync("/version.txt", CancellationToken.None)).Trim();
    }

    /// <summary>Waits until it says <paramref name="version"/> over FTP.</summary>
    public Task WaitForUpdateAsync(string version) => Wait.UntilAsync($"version {version} over FTP", async () =>
    {
        try
        {
            return await ReadVersionAsync() == version;
        }
        catch (FtpException)
        {
            return false; // it resets
        }
    });

    /// <summary>Sends an image, or the rest of one that broke off.</summary>
    public async Task SendAsync(byte[] image, string path = "/firmware.img")
    {
        await using var client = await LogInAsync();
        var offset = await client.FindSizeAsync(path, CancellationToken.None) ?? 0;
        await client.StoreAsync(path, new MemoryStream(image), offset, null, CancellationToken.None);
    }

    /// <summary>What the board says that it runs, null while it does not answer.</summary>
    public async Task<string?> FindVersionAsync()
    {
        using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler()) { BaseAddress = new Uri($"https://127.0.0.1:{_port}"), Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            return (await new SoapClient(http, ErrorCode.BoardUnavailable).CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new(), CancellationToken.None)).FirmwareVersion;
        }
        catch (ProvisioningException away) when (away.Code == ErrorCode.BoardUnavailable)
        {
            return null;
        }
    }

    /// <summary>Waits until it says that it runs <paramref name="version"/>.</summary>
    public Task WaitForVersionAsync(string version) => Wait.UntilAsync($"version {version}", async () => await FindVersionAsync() == version);

    /// <summary>Orders a fault.</summary>
    public void Order(string fault, string text)
    {
        DataDirectory.Open(this["simulate"]);
        File.WriteAllText(this[$"simulate/{fault}"], text + "\n");
    }

    /// <summary>Listens where the board wants to.</summary>
    public TcpListener OccupyPort()
    {
        var listener = new TcpListener(IPAddress.Loopback, _port);
        listener.Start();
        return listener;
    }

    /// <summary>What it has said since it was made. It is off.</summary>
    public string ReadLog() => File.ReadAllText(Path.Combine(_directory, "board.log"));

    /// <summary>How often the program has come up since the board was made.</summary>
    public int CountStarts() => File.ReadLines(Path.Combine(_directory, "board.log")).Count(line => line.StartsWith("Board ready on", StringComparison.Ordinal));

    /// <summary>Waits until it has come up so often: it answers before the line that tells of it is in the log.</summary>
    public Task WaitForStartsAsync(int count) => Wait.UntilAsync($"start {count}", () => Task.FromResult(CountStarts() >= count));

    /// <summary>Puts an image into the slot that is not active, as an upload leaves it behind its reset. The board is off.</summary>
    internal void PutOnTrial(byte[] image)
    {
        var map = new MemoryMap(DataDirectory.Open(this[string.Empty]));
        map.Format(new BoardOptions { FirmwareKeys = TestImages.Shared.WriteKeys(Path.Combine(_directory, "keys.pem")) });
        var record = Record;
        File.WriteAllBytes(new FirmwareSlots(map)[record.Inactive].Image, image);
        (record with { Trial = record.Inactive, BootsLeft = 3, FallBack = null }).Write(map.Boot);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await PowerOffAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<FtpClient?> FindAsync()
    {
        FtpClient? client = null;
        try
        {
            client = await FtpClient.ConnectAsync(new FtpEndpoint(new IPEndPoint(IPAddress.Loopback, _ftpPort), NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, CancellationToken.None);
            await client.LogInAsync("peer", Password, CancellationToken.None);
            return client;
        }
        catch (FtpException) when (Program?.Ended.IsCompleted != true)
        {
            if (client is not null)
                await client.DisposeAsync();
            return null;
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Gateway;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit.Sdk;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>A customer's site: one finished product and its gateway, each a process of its own, without the factory that made them.</summary>
public sealed partial class UpdateSite : IAsyncDisposable
{
    public const string Number = "3012-100001";

    private const int SmallImage = 600_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("update-site").FullName;
    private readonly int _gatewayPort = FreePort.Find();
    private readonly int _boardPort = FreePort.Find();
    private readonly int _ftpPort = FreePort.Find();
    private readonly TlsIdentity _operator = TestPki.Shared.Part(Role.Operator, "operator");
    private readonly OperatorClient _health;
    private ChildProgram? _board;
    private int _releases;

    public UpdateSite()
    {
        TestPki.Shared.WritePart(GatewayData, Role.Gateway, "G1");
        TestPki.Shared.WritePart(Path.Combine(Factory, FactoryMap.OperatorDirectory), Role.Operator, "operator");
        new FactoryMap(GatewayAddress, GatewayAddress, GatewayAddress, []) { Gateway = GatewayAddress }.Write(new DataDirectory(Factory));
        TestImages.Shared.WriteKeys(Path.Combine(GatewayData, "firmware-keys.pem"));
        Client = new PartClient(GatewayAddress, _operator, TimeSpan.FromSeconds(30), Role.Gateway);
        _health = new OperatorClient(GatewayAddress, _operator, Role.Gateway);
    }

    /// <summary>What every one-time password looks like.</summary>
    [GeneratedRegex(@"(?<![A-Za-z0-9])[A-Z2-7]{32}(?![A-Za-z0-9])")]
    public static partial Regex PasswordForm { get; }

    /// <summary>The operator's way to the gateway.</summary>
    public PartClient Client { get; }

    /// <summary>Where <c>stationctl --data</c> finds the gateway and the operator's certificate.</summary>
    public string Factory => Path.Combine(_directory, "factory");

    /// <summary>Where logs and markers lie.</summary>
    public string Logs => _directory;

    /// <summary>The gateway's process.</summary>
    public ChildProgram? Gateway { get; private set; }

    public string GatewayData => Path.Combine(_directory, "gateway");

    /// <summary>The board's memories.</summary>
    public string BoardData => Path.Combine(_directory, "board");

    private Uri GatewayAddress => new(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{_gatewayPort}"));

    private Uri BoardAddress => new(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{_boardPort}"));

    /// <summary>Powers the board on, and makes it a finished product the first time.</summary>
    public async Task PowerOnAsync(params string[] further)
    {
        var isNew = !Directory.Exists(Path.Combine(BoardData, "flash"));
        _board = ChildProgram.Start(
            "board",
            FactoryPrograms.Board,
            [
                "--data", BoardData,
                string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={_boardPort}"),
                string.Create(CultureInfo.InvariantCulture, $"--Ftp:Port={_ftpPort}"),
                "--Ftp:PassivePorts=0",
                "--Board:Models:0=3012",
                $"--Board:FirmwareKeys={TestImages.Shared.WriteKeys(Path.Combine(_directory, "keys.pem"))}",
                $"--Gateway:Address={GatewayAddress}",
                .. further,
            ],
            _directory);
        if (isNew)
            await FitAsync();
    }

    /// <summary>Starts the gateway, and waits until it answers unless it is to die.</summary>
    public async Task StartGatewayAsync(IReadOnlyDictionary<string, string>? environment = null, params string[] further)
    {
        await StopGatewayAsync();
        Gateway = ChildProgram.Start(
            "gateway",
            typeof(GatewayApp).Assembly.GetName().Name!,
            [
                "--data", GatewayData,
                string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={_gatewayPort}"),
                $"--Devices:Known:0:MachineNumber={Number}",
                $"--Devices:Known:0:Address={BoardAddress}",
                string.Create(CultureInfo.InvariantCulture, $"--Devices:Known:0:FtpPort={_ftpPort}"),
                "--Updates:LookEvery=00:00:00.050",
                "--Updates:LongestPause=00:00:00.500",
                .. further,
            ],
            _directory,
            environment);
        await Gateway.WaitUntilHealthyAsync(CancellationToken.None, _health);
    }

    public async Task StopGatewayAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        Gateway = null;
    }

    /// <summary>The next release as a file; each is newer than the one before.</summary>
    public (string File, string Version) Release(int size = SmallImage)
    {
        var sequence = ++_releases + 1;
        var version = string.Create(CultureInfo.InvariantCulture, $"2.0.{sequence}");
        return (TestImages.Shared.Write(Path.Combine(_directory, version + ".img"), TestImages.Payload(size, sequence), manifest => manifest with { Version = version, Sequence = sequence }), version);
    }

    /// <summary>Gives the gateway the next release.</summary>
    public async Task<StoredFirmware> PutReleaseAsync(int size = SmallImage) =>
        await Client.UploadFileAsync<StoredFirmware>("api/images", Release(size).File, "application/octet-stream", CancellationToken.None);

    /// <summary>What the gateway says is wrong.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FindProblemsAsync() =>
        (await Client.GetAsync<HealthAnswer>("health", CancellationToken.None)).Problems;

    /// <summary>Waits for the end of the latest update.</summary>
    public async Task<DeviceUpdate> WaitForEndAsync() => (await WaitForEndsAsync("limit=1", static _ => true))[0];

    /// <summary>Waits for the end of every update to <paramref name="version"/>, the latest first. A board whose wish was not answered asks again, and may do so when what it asked for has ended.</summary>
    public async Task<IReadOnlyList<DeviceUpdate>> WaitForEndsAsync(string version)
    {
        await Wait.UntilAsync("the board's wish to be taken", () => Task.FromResult(!File.Exists(Path.Combine(BoardData, "simulate", "begin-update"))));
        return await WaitForEndsAsync("limit=20", update => update.Version == version);
    }

    /// <summary>What the board says over TLS that it runs.</summary>
    public async Task<string> GetVersionAsync() => (await CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new GetDeviceInformationRequest(), _operator)).FirmwareVersion;

    /// <summary>Whether the board knows no password any more, and its FTP port is closed.</summary>
    public async Task<bool> IsErasedAsync()
    {
        var stored = StoredUpdatePassword.Read(new MemoryMap(DataDirectory.Open(BoardData)).UpdatePassword);
        return stored is null or { State: PasswordState.Erased } && !await IsFtpOpenAsync();
    }

    /// <summary>Presses the key at the board's control panel.</summary>
    public void PressUpdateKey()
    {
        DataDirectory.Open(Path.Combine(BoardData, "simulate"));
        File.WriteAllText(Path.Combine(BoardData, "simulate", "begin-update"), "1\n");
    }

    /// <summary>What the board's control panel shows of the last update.</summary>
    public string ReadShownResult() => File.ReadAllText(Path.Combine(BoardData, "simulate", "update-result"));

    /// <summary>Orders a fault of the board.</summary>
    public void Order(string fault, string text)
    {
        DataDirectory.Open(Path.Combine(BoardData, "simulate"));
        File.WriteAllText(Path.Combine(BoardData, "simulate", fault), text + "\n");
    }

    /// <summary>Everything that both programs have written to their logs.</summary>
    public string ReadLogs() => ReadLog("board") + ReadLog("gateway");

    /// <summary>What one of them, <c>board</c> or <c>gateway</c>, has written to its log.</summary>
    public string ReadLog(string program) => ReadShared(Path.Combine(_directory, program + ".log"));

    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        if (_board is not null)
            await _board.DisposeAsync();
        Client.Dispose();
        _health.Dispose();
        _operator.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<IReadOnlyList<DeviceUpdate>> WaitForEndsAsync(string page, Func<DeviceUpdate, bool> isMeant)
    {
        IReadOnlyList<DeviceUpdate> updates = [];
        try
        {
            await Wait.UntilAsync("the update's end", async () =>
            {
                updates = [.. (await Client.GetAsync<Page<DeviceUpdate>>($"api/updates?{page}", CancellationToken.None)).Items.Where(isMeant)];
                return updates.Count > 0 && updates.All(update => update.State == "Reported");
            });
            return updates;
        }
        catch (XunitException cause)
        {
            throw new XunitException($"{cause.Message} {string.Join(' ', updates.Select(update => $"It is {update.State}: {update.Detail}"))}\n{ReadLogs()}");
        }
    }

    private async Task<bool> IsFtpOpenAsync()
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, _ftpPort);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>What the lines do to a board.</summary>
    private async Task FitAsync()
    {
        await UntilAsync(async () => await CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new GetDeviceInformationRequest(), null) is not null);
        await CallAsync<WriteCommonCertificateRequest, WriteCommonCertificateResponse>(new WriteCommonCertificateRequest(TestPki.Shared.CommonPack), null);
        using var station = TestPki.Shared.Part(Role.LineStation, "1001");
        await WaitForWriteAsync(station);
        await CallAsync<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(new AcknowledgeWriteResultRequest(), station);
        await CallAsync<WriteCertificateRequest, WriteCertificateResponse>(new WriteCertificateRequest(TestPki.Shared.DevicePack(Number)), station);
        await WaitForWriteAsync(station);
        await CallAsync<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(new AcknowledgeWriteResultRequest(), station);
        await CallAsync<InitializeParametersRequest, InitializeParametersResponse>(new InitializeParametersRequest(), station);
    }

    private Task WaitForWriteAsync(TlsIdentity station) =>
        UntilAsync(async () => (await CallAsync<GetWriteResultRequest, GetWriteResultResponse>(new GetWriteResultRequest(), station)).State == WriteState.Succeeded);

    /// <summary>A board that does not answer yet, or still as a blank one, is asked again.</summary>
    private static Task UntilAsync(Func<Task<bool>> holds) => Wait.UntilAsync("the board", async () =>
    {
        try
        {
            return await holds();
        }
        catch (ProvisioningException)
        {
            return false;
        }
    });

    private async Task<TResponse> CallAsync<TRequest, TResponse>(TRequest request, TlsIdentity? identity)
        where TRequest : Protocol.Soap.ISoapMessage<TRequest>
        where TResponse : Protocol.Soap.ISoapMessage<TResponse>
    {
        using var handler = identity?.CreateHandler(_ => true, "the board") ?? TlsIdentity.CreateUnauthenticatedHandler();
        using var http = new HttpClient(handler) { BaseAddress = BoardAddress, Timeout = TimeSpan.FromSeconds(10) };
        return await new SoapClient(http, ErrorCode.BoardUnavailable).CallAsync<TRequest, TResponse>(request, CancellationToken.None);
    }

    private static string ReadShared(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}

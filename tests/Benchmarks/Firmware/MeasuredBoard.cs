using System.Diagnostics;
using System.Globalization;
using System.Net;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>One board as a process of its own, a finished product whose FTP is open. Its print job of one second, and a bit that flips when it reads the image back, keep it from installing: it can be sent to again.</summary>
internal sealed class MeasuredBoard : IAsyncDisposable
{
    private readonly string _data;
    private readonly ChildProgram _program;

    private MeasuredBoard(string data, ChildProgram program, Uri address, IPEndPoint ftp)
    {
        (_data, _program, Address, Ftp) = (data, program, address, ftp);
    }

    /// <summary>Where SOAP answers.</summary>
    public Uri Address { get; }

    /// <summary>Where FTP answers.</summary>
    public IPEndPoint Ftp { get; }

    /// <summary>The one-time password.</summary>
    public string Password { get; } = OneTimePassword.Create();

    /// <summary>Its process.</summary>
    public int ProcessId => _program.Id;

    /// <summary>The CPU time that it has taken so far.</summary>
    public double CpuSeconds
    {
        get
        {
            using var process = Process.GetProcessById(ProcessId);
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Starts one: the program of boards, or with <paramref name="own"/> this program as one.</summary>
    public static async Task<MeasuredBoard> StartAsync(FirmwareFloor floor, string name, bool own, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var number = MachineNumber.Parse("3012-000001");
        var data = floor.MakeBoard(name, number);
        var (port, ftp) = (FirmwareFloor.FreePort(IPAddress.Loopback), FirmwareFloor.FreePort(IPAddress.Loopback));
        IEnumerable<string> arguments =
        [
            "--data", data,
            string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={port}"),
            string.Create(CultureInfo.InvariantCulture, $"--Ftp:Port={ftp}"),
            "--Ftp:PassivePorts=0",
        ];
        var program = own
            ? ChildProgram.Start(name, typeof(BenchmarkBoard).Assembly.GetName().Name!, [BenchmarkBoard.Command, .. arguments], floor.Path(string.Empty), environment)
            : ChildProgram.Start(name, FactoryPrograms.Board, arguments, floor.Path(string.Empty), environment);
        var board = new MeasuredBoard(data, program, new Uri(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}")), new IPEndPoint(IPAddress.Loopback, ftp));
        try
        {
            using var health = new OperatorClient(board.Address, floor.Operator, Role.Device);
            await program.WaitUntilHealthyAsync(cancellationToken, health);
            using var http = new HttpClient(floor.Gateway.CreateHandler(_ => true, "the board")) { BaseAddress = board.Address };
            await new SoapClient(http, ErrorCode.BoardUnavailable).CallAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(new("G1", board.Password), cancellationToken);
            return board;
        }
        catch
        {
            await board.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends an image, and says what it took at both ends. What happens at the board behind the last answer is in neither.</summary>
    public async Task<(SendResult Sender, double BoardCpuSeconds)> TakeAsync(SenderProcess sender, Way way, string image, CancellationToken cancellationToken)
    {
        if (way == Way.Ftp)
        {
            Order("jobs");
            Order("flip-bit-on-read-back");
        }

        var before = CpuSeconds;
        var result = await sender.SendAsync(new SendOrder(way, image, Address, Ftp.ToString(), Password), cancellationToken);
        var used = CpuSeconds - before;
        if (way == Way.Ftp)
            await WaitUntilDroppedAsync(cancellationToken);
        return (result, used);
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    /// <summary>Waits until the board has dropped the image that it could not install.</summary>
    private async Task WaitUntilDroppedAsync(CancellationToken cancellationToken)
    {
        await using var ftp = await ConnectAsync(cancellationToken);
        await ftp.LogInAsync("G1", Password, cancellationToken);
        while (!(await ftp.StatusAsync(cancellationToken)).Contains("State: Failed", StringComparer.Ordinal))
            await Task.Delay(100, cancellationToken);
    }

    /// <summary>Connects as soon as the sender's session is over: the board has one at a time.</summary>
    private async Task<FtpClient> ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await FtpClient.ConnectAsync(new FtpEndpoint(Ftp, NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, cancellationToken);
            }
            catch (FtpException busy) when (busy.Reply is { Code: 421 })
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    private void Order(string what)
    {
        DataDirectory.Open(Path.Combine(_data, "simulate"));
        File.WriteAllText(Path.Combine(_data, "simulate", what), "1\n");
    }
}

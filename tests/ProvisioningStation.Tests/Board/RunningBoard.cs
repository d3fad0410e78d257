using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.Board;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.Board;

/// <summary>The real board program in this process, on a free port. It starts again by itself when it resets.</summary>
internal sealed class RunningBoard : IAsyncDisposable
{
    private readonly CancellationTokenSource _off = new();
    private readonly Task _on;
    private volatile WebApplication _app;

    private RunningBoard(WebApplication app, BoardReset reset, string directory, int port, Func<int, BoardReset, WebApplication> build)
    {
        _app = app;
        Directory = directory;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.SingleOrDefault() ?? $"https://127.0.0.1:{port}"); // the small updater has no TLS
        _on = RunAsync(reset, build);
    }

    public Uri Address { get; }

    public string Directory { get; }

    public static async Task<RunningBoard> StartAsync(string directory, int port = 0, TimeSpan delay = default, params string[] options)
    {
        var reset = new BoardReset();
        port = port == 0 ? FreePort.Find() : port; // one that nobody else takes while it restarts
        var app = Build(port, reset);
        await app.StartAsync(CancellationToken.None);
        return new RunningBoard(app, reset, directory, port, Build);

        WebApplication Build(int at, BoardReset reset) => BoardApp.Build(["--data", directory, "--Listen:Address=127.0.0.1", $"--Listen:Port={at}", $"--Board:WriteDelay={delay}", .. options], reset);
    }

    /// <summary>A part of the program.</summary>
    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A client that presents <paramref name="identity"/>, or nothing where it is null.</summary>
    public SoapClient Client(TlsIdentity? identity)
    {
        var handler = identity?.CreateHandler(_ => true, "the board") ?? TlsIdentity.CreateUnauthenticatedHandler();
        return new SoapClient(new HttpClient(handler) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(1) }, ErrorCode.BoardUnavailable);
    }

    public async ValueTask DisposeAsync()
    {
        if (_on.IsCompleted && _off.IsCancellationRequested)
            return; // a test that takes the board away, and the end of the test
        await _off.CancelAsync();
        await _on;
        _off.Dispose();
    }

    /// <summary>A board that resets itself starts again where it was.</summary>
    private async Task RunAsync(BoardReset reset, Func<int, BoardReset, WebApplication> build)
    {
        while (true)
        {
            await _app.WaitForShutdownAsync(_off.Token);
            await _app.DisposeAsync();
            if (!reset.IsRequested || _off.IsCancellationRequested)
                return;
            reset = new BoardReset();
            _app = build(Address.Port, reset);
            await _app.StartAsync(CancellationToken.None);
        }
    }
}

/// <summary>The board's operations by name.</summary>
internal static class BoardCalls
{
    public static Task<GetDeviceInformationResponse> LookAsync(this SoapClient board) =>
        board.CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new(), default);

    public static Task<WriteCommonCertificateResponse> WriteCommonAsync(this SoapClient board, CertificatePack pack) =>
        board.CallAsync<WriteCommonCertificateRequest, WriteCommonCertificateResponse>(new(pack), default);

    public static Task<WriteCertificateResponse> WriteAsync(this SoapClient board, CertificatePack pack) =>
        board.CallAsync<WriteCertificateRequest, WriteCertificateResponse>(new(pack), default);

    public static Task<AcknowledgeWriteResultResponse> AcknowledgeAsync(this SoapClient board) =>
        board.CallAsync<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(new(), default);

    public static Task<InitializeParametersResponse> InitializeAsync(this SoapClient board) =>
        board.CallAsync<InitializeParametersRequest, InitializeParametersResponse>(new(), default);

    public static async Task<GetWriteResultResponse> ResultAsync(this SoapClient board)
    {
        while (true)
        {
            var result = await board.CallAsync<GetWriteResultRequest, GetWriteResultResponse>(new(), default);
            if (result.State != WriteState.Writing)
                return result;
            await Task.Delay(5);
        }
    }
}

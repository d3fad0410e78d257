using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>A board's side of an update over real sockets, as the test scripts it: SOAP over mutual TLS and FTP, and every message noted in its order.</summary>
internal sealed class ScriptedBoard : IAsyncDisposable
{
    public const string DefaultNumber = "3012-000001";

    private readonly WebApplication _app;
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentQueue<string> _messages = new();
    private readonly ScriptedFtp _ftp;

    private ScriptedBoard(string number)
    {
        Number = MachineNumber.Parse(number);
        _ftp = new ScriptedFtp(this);
        var builder = ProgramHost.CreateBuilder(["--data", _directory.Path]);
        builder.Logging.ClearProviders();
        builder.ListenWithMutualTls(TestPki.Shared.Device(number), new ListenOptions());
        _app = builder.Build();
        _app.Use(async (context, next) =>
        {
            if (IsTlsDown)
                context.Abort();
            else
                await next(context);
        });
        _app.MapSoap("Board", soap =>
        {
            soap.Operation<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(StoreAsync, Role.Gateway, Role.LineStation);
            soap.Operation<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(ForbidAsync, Role.Gateway, Role.LineStation);
            soap.Operation<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(CreateAsync, Role.Gateway);
            soap.Operation<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(NotifyAsync, Role.Gateway);
        });
    }

    public MachineNumber Number { get; }

    /// <summary>What came, in its order: "TLS StoreUpdatePassword", "FTP RETR /version.txt" …; logins without their password.</summary>
    public IReadOnlyList<string> Messages => [.. _messages];

    /// <summary>What runs.</summary>
    public string Version { get; set; } = "1.0.0";

    /// <summary>What runs of an application; null where there is none.</summary>
    public string? ApplicationVersion { get; set; }

    /// <summary>Breaks every call over TLS off.</summary>
    public bool IsTlsDown { get; set; }

    /// <summary>The password that lets somebody in; null while the port is closed.</summary>
    public string? Armed { get; set; }

    /// <summary>The password that overwrote the other.</summary>
    public string? ErasedBy { get; private set; }

    /// <summary>Whether somebody has logged in with it.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Whether it takes every password for a wrong one.</summary>
    public bool RefusesLogins { get; set; }

    /// <summary>Called when it has refused a login.</summary>
    public Func<Task> Refused { get; set; } = static () => Task.CompletedTask;

    /// <summary>What it has of an upload.</summary>
    public byte[] Part { get; set; } = [];

    /// <summary>Breaks the next transfers off after so many bytes each.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    /// <summary>How the next uploads are refused, reply code and reason, each with its bytes taken.</summary>
    public ConcurrentQueue<string> Refusals { get; } = new();

    /// <summary>What it waits for before it installs; each is told once.</summary>
    public ConcurrentQueue<string> Jobs { get; } = new();

    /// <summary>Breaks the control connection off in place of the next 226 for a whole image.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>What it comes up with, of an image and its version. By default the image's.</summary>
    public Func<string, string> ComesUpWith { get; set; } = static version => version;

    /// <summary>What STAT says when it does not wait.</summary>
    public IReadOnlyList<string> Status { get; set; } = ["State: Idle"];

    /// <summary>Held before each message is answered: its name.</summary>
    public Func<string, Task> Hold { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called at the end of each restart.</summary>
    public Action Started { get; set; } = static () => { };

    /// <summary>The gateway's side of StoreUpdatePassword, for a board that makes passwords itself.</summary>
    public Func<string, string, Task> SendPassword { get; set; } = static (_, _) => Task.CompletedTask;

    public static async Task<ScriptedBoard> StartAsync(string number = DefaultNumber)
    {
        var board = new ScriptedBoard(number);
        await board._app.StartAsync();
        board._ftp.Start();
        return board;
    }

    public UpdateDevice ToDevice(UpdatePolicy? policy = null)
    {
        var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return new UpdateDevice(Number.ToString(), address, new FtpEndpoint(new IPEndPoint(IPAddress.Loopback, _ftp.Port), NetworkPort.Any), Number) { Policy = policy ?? new UpdatePolicy() };
    }

    public async ValueTask DisposeAsync()
    {
        await _ftp.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Notes a message, and waits where the test holds it.</summary>
    public async Task NoteAsync(string message)
    {
        _messages.Enqueue(message);
        await Hold(message);
    }

    /// <summary>Installs what it has, and restarts.</summary>
    public void Install()
    {
        var manifest = ImageHeader.Read(Part.AsSpan(0, ImageHeader.LengthOf(Part))).Manifest;
        if (manifest.Kind == ImageKind.Application)
            ApplicationVersion = ComesUpWith(manifest.Version);
        else
            Version = ComesUpWith(manifest.Version);
        Part = [];
    }

    private async Task<StoreUpdatePasswordResponse> StoreAsync(StoreUpdatePasswordRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        await NoteAsync("TLS StoreUpdatePassword");
        if (request.Password == Armed || request.Password == ErasedBy)
            return new StoreUpdatePasswordResponse();
        var erases = Armed is not null && IsUsed;
        Armed = erases ? null : request.Password;
        ErasedBy = erases ? request.Password : null;
        IsUsed = false;
        return new StoreUpdatePasswordResponse();
    }

    private async Task<ForbidUpdatePasswordResponse> ForbidAsync(ForbidUpdatePasswordRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        await NoteAsync("TLS ForbidUpdatePassword");
        Armed = null;
        return new ForbidUpdatePasswordResponse();
    }

    private async Task<CreateUpdatePasswordResponse> CreateAsync(CreateUpdatePasswordRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        await NoteAsync("TLS CreateUpdatePassword");
        (Armed, IsUsed) = (OneTimePassword.Create(), false);
        _messages.Enqueue("TLS board sends StoreUpdatePassword");
        await SendPassword(request.Id, Armed);
        return new CreateUpdatePasswordResponse();
    }

    private async Task<NotifyUpdateResultResponse> NotifyAsync(NotifyUpdateResultRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        await NoteAsync($"TLS NotifyUpdateResult {request.Succeeded} {request.Version}".TrimEnd());
        if (!request.Succeeded || Armed is null)
            return new NotifyUpdateResultResponse();
        (Armed, ErasedBy) = (null, OneTimePassword.Create());
        _messages.Enqueue("TLS board sends StoreUpdatePassword");
        await SendPassword("G1", ErasedBy);
        return new NotifyUpdateResultResponse();
    }
}

using System.Net;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Ftp;

/// <summary>
/// A factory with one line, on whose cable each test puts a new board; the station gives it the common certificate. The test calls it with that station's certificate and stores the one-time password.
/// Jobs that take long keep the board from installing what is sent to it.
/// </summary>
public sealed class ArmedFactoryBoard : IAsyncLifetime
{
    public const string Id = "line-1001";

    private readonly string _keys = TestImages.Shared.WriteKeys(Path.Combine(Path.GetTempPath(), $"firmware-keys-{Guid.NewGuid():N}.pem"));
    private readonly int _port = FreePort.Find();
    private TestFactory _factory = null!;
    private TlsIdentity _station = null!;
    private HttpClient _http = null!;
    private SoapClient _board = null!;

    /// <summary>Where its FTP is while it is armed.</summary>
    public IPEndPoint Address => new(IPAddress.Parse(_factory.Line.Configuration.Cable.Host), _port);

    /// <summary>A folder for the test's files.</summary>
    public string Folder => _factory.Directory;

    /// <summary>What the programs say, at their lowest level.</summary>
    public string Logs => _factory.Layout.Logs;

    /// <summary>The place on the cable.</summary>
    public BoardSlot Slot => _factory.Line.Slot;

    /// <summary>The password that was stored last.</summary>
    public string Password { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        _factory = await TestFactory.StartAsync(
            (file, text) => file == "board.json"
                ? text.Replace("\"Board\": {", $$"""
                    "Log": { "Level": "Trace" }, "Ftp": { "Port": {{_port}}, "PassivePorts": "0" }, "Board": { "FirmwareKeys": "{{_keys}}",
                    """, StringComparison.Ordinal)
                : text,
            lines: 1);
        _station = TlsIdentity.Load(new TlsOptions(), new DataDirectory(_factory.Layout.Line("1001")));
        _http = new HttpClient(_station.CreateHandler(peer => peer.Role == Role.Board, "the board")) { BaseAddress = _factory.Line.Configuration.Cable };
        _board = new SoapClient(_http, ErrorCode.BoardUnavailable);
    }

    /// <summary>Puts a new board on the cable and arms it.</summary>
    public async Task ConnectNewAsync()
    {
        await Slot.RemoveAsync();
        Slot.Place();
        Directory.CreateDirectory(Path.Combine(Slot.Directory, "simulate"));
        await File.WriteAllTextAsync(Path.Combine(Slot.Directory, "simulate", "jobs"), "500");
        await Slot.ConnectAsync(CancellationToken.None);
        await Wait.UntilAsync("the common certificate", IsCommonAsync);
        await ArmAsync();
    }

    /// <summary>Stores another one-time password.</summary>
    public async Task ArmAsync()
    {
        Password = OneTimePassword.Create();
        await StoreAsync(Password);
    }

    /// <summary>The message StoreUpdatePassword.</summary>
    public Task StoreAsync(string password) => _board.CallAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(new(Id, password), CancellationToken.None);

    /// <summary>The message ForbidUpdatePassword.</summary>
    public Task ForbidAsync() => _board.CallAsync<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(new(Id), CancellationToken.None);

    /// <summary>The full path of a file with this content.</summary>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        _station.Dispose();
        await _factory.DisposeAsync();
        File.Delete(_keys);
    }

    /// <summary>Whether the board presents the common certificate, which the line's station has written.</summary>
    private async Task<bool> IsCommonAsync()
    {
        try
        {
            return (await _board.CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new(), CancellationToken.None)).State == BoardState.Common;
        }
        catch (ProvisioningException)
        {
            return false;
        }
    }
}

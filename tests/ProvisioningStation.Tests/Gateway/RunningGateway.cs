using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Gateway;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.Tests.Fixtures;
using ProvisioningStation.Tests.FirmwareUpdate;

namespace ProvisioningStation.Tests.Gateway;

/// <summary>The real gateway program in this process, with the boards of a test as its devices.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly WebApplication _app;
    private readonly TlsIdentity _operator = TestPki.Shared.Part(Role.Operator, "operator");

    private RunningGateway(TemporaryDirectory directory, WebApplication app)
    {
        (_directory, _app) = (directory, app);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new PartClient(Address, _operator, TimeSpan.FromSeconds(60), Role.Gateway);
    }

    public Uri Address { get; }

    /// <summary>The operator's way to it.</summary>
    public PartClient Client { get; }

    public UpdateStore Store => _app.Services.GetRequiredService<UpdateStore>();

    public static async Task<RunningGateway> StartAsync(TemporaryDirectory directory, IReadOnlyList<ScriptedBoard> boards, params string[] further)
    {
        if (!File.Exists(directory["tls.pem"]))
        {
            TestPki.Shared.WritePart(directory.Path, Role.Gateway, "G1");
            TestImages.Shared.WriteKeys(directory["firmware-keys.pem"]);
        }

        var devices = boards.SelectMany((board, index) => Describe(board.ToDevice(), index));
        var app = GatewayApp.Build(["--data", directory.Path, "--Log:Level=Critical", "--Updates:LookEvery=00:00:00.020", "--Updates:LongestPause=00:00:00.100", .. devices, .. further]);
        await app.StartAsync(CancellationToken.None);
        return new RunningGateway(directory, app);
    }

    /// <summary>A caller of its SOAP.</summary>
    public SoapClient Caller(TlsIdentity identity) =>
        new(new HttpClient(identity.CreateHandler(_ => true, "the gateway")) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) }, ErrorCode.GatewayUnavailable);

    /// <summary>Gives it an image.</summary>
    public async Task<StoredFirmware> PutAsync(byte[] image)
    {
        var file = Path.Combine(_directory.Path, $"{Guid.NewGuid():N}.upload");
        await File.WriteAllBytesAsync(file, image);
        try
        {
            return await Client.UploadFileAsync<StoredFirmware>("api/images", file, "application/octet-stream", CancellationToken.None);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Asks until the latest update of the device is at its end.</summary>
    public async Task<DeviceUpdate> WaitForEndAsync(MachineNumber number)
    {
        while (true)
        {
            var page = await Client.GetAsync<Page<DeviceUpdate>>($"api/updates?limit=1&machineNumber={number}", CancellationToken.None);
            if (page.Items.SingleOrDefault() is { State: "Reported" } ended)
                return ended;
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _operator.Dispose();
    }

    private static string[] Describe(UpdateDevice device, int index) =>
    [
        $"--Devices:Known:{index}:MachineNumber={device.Key}",
        $"--Devices:Known:{index}:Address={device.Address}",
        string.Create(CultureInfo.InvariantCulture, $"--Devices:Known:{index}:FtpPort={device.Ftp.Address.Port}"),
    ];
}

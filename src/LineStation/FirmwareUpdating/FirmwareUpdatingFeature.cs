using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.BoardWriting;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>The firmware update at the line. Where the line's steps do not have it, nothing of it is made.</summary>
internal static class FirmwareUpdatingFeature
{
    /// <summary>Registers it.</summary>
    /// <exception cref="ConfigurationException">The line updates, and something that it needs is missing.</exception>
    public static void AddFirmwareUpdating(this WebApplicationBuilder builder, LineOptions line, DataDirectory data)
    {
        var options = Settings.Read<FirmwareOptions>(builder.Configuration, "Firmware");
        builder.Services.AddSingleton<FirmwareProgress>();
        builder.Services.AddSingleton(services => new Lazy<FirmwareStep>(() => services.GetRequiredService<FirmwareStep>()));
        if (!line.Does(LineStep.UpdateFirmware))
            return;
        if (options is not { Images: { } images, Keys: { } keys })
            throw new ConfigurationException("Line:Steps has UpdateFirmware. Name the folder of signed images with Firmware:Images and the public keys that sign them with Firmware:Keys, or take the step out.");
        var board = Settings.Read<BoardCableOptions>(builder.Configuration, "Board").Address!;
        if (!IPAddress.TryParse(board.DnsSafeHost, out var address))
            throw new ConfigurationException($"Line:Steps has UpdateFirmware, and Board:Address is {board}. Write an IP address there: images are sent to it without asking a name server.");
        var trusted = FirmwareKeyFile.Read(data.Resolve(keys), "Firmware:Keys");
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(services => new FirmwareFolder(data.Resolve(images), trusted, services.GetRequiredService<HealthState>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddKeyedSingleton(UpdateStore.FileName, (_, _) => UpdateStore.Open(data)); // beside the journal's
        builder.Services.AddSingleton(services => new UpdateStore(services.GetRequiredKeyedService<Database>(UpdateStore.FileName), services.GetRequiredService<KeyProtection>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(services => new BoardOnCable(board, new FtpEndpoint(new IPEndPoint(address, options.FtpPort), services.GetRequiredService<NetworkPort>())));
        builder.Services.AddSingleton(services => new UpdateRunner(
            services.GetRequiredService<UpdateStore>(),
            SideOf(services, line, options),
            services.GetRequiredService<TlsIdentity>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<UpdateRunner>>()));
        builder.Services.AddSingleton<FirmwareStep>();
        builder.Services.AddUpdateHistory(options.KeepHistory);
    }

    private static UpdatingSide SideOf(IServiceProvider services, LineOptions line, FirmwareOptions options)
    {
        var cable = services.GetRequiredService<BoardCableOptions>();
        return new UpdatingSide(line.Name, services.GetRequiredService<BoardOnCable>().Find, services.GetRequiredService<FirmwareFolder>().Open)
        {
            Progressed = services.GetRequiredService<FirmwareProgress>().Show,
            FtpTimeouts = new FtpTimeouts { Connect = cable.ConnectTimeout },
            Limits = new UpdateLimits
            {
                ShareWithin = TimeSpan.FromSeconds(20), // the board is on the cable and has just answered
                ReadVersionWithin = TimeSpan.FromMinutes(1),
                SendWithin = options.SendWithin,
                RestartWithin = options.RestartWithin,
                VerifyWithin = TimeSpan.FromMinutes(1),
                SendAgain = 0, // a board that fell back is for a person to look at; the next scan sends again
                FirstPause = TimeSpan.FromMilliseconds(200),
                LongestPause = TimeSpan.FromSeconds(2),
                LookEvery = TimeSpan.FromMilliseconds(500),
                ShareAgainAfter = TimeSpan.FromSeconds(3),
                CallTimeout = cable.Timeout,
            },
        };
    }
}

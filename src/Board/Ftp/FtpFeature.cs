using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The low-load path: one-time passwords over SOAP, images and versions over FTP.</summary>
internal static class FtpFeature
{
    /// <summary>Adds the FTP server and its passwords.</summary>
    public static void AddFtp(this WebApplicationBuilder builder)
    {
        var options = Settings.Read<FtpOptions>(builder.Configuration, "Ftp");
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        builder.Services.AddSingleton(services => new UpdatePassword(
            services.GetRequiredService<MemoryMap>(),
            new UpdatePasswordTerms(services.GetRequiredService<RunningFirmware>().IsUpdater ? null : options.ArmedFor),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<MemoryReport>(),
            services.GetRequiredService<ILogger<UpdatePassword>>()));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(listen);
        builder.Services.AddSingleton<FtpServer>();
        builder.Services.AddHostedService(services => services.GetRequiredService<FtpServer>());
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<UpdateCallers>();
        builder.Services.AddSingleton<StoreUpdatePasswordHandler>();
        builder.Services.AddSingleton<ForbidUpdatePasswordHandler>();
    }

    /// <summary>Maps the operations of the one-time password.</summary>
    public static void MapUpdatePassword(this SoapEndpoint soap, IServiceProvider services)
    {
        soap.Operation<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(services.GetRequiredService<StoreUpdatePasswordHandler>().HandleAsync, Role.LineStation, Role.Gateway);
        soap.Operation<ForbidUpdatePasswordRequest, ForbidUpdatePasswordResponse>(services.GetRequiredService<ForbidUpdatePasswordHandler>().HandleAsync, Role.LineStation, Role.Gateway);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Notifications;

/// <summary>What the board and its gateway tell each other besides the image.</summary>
internal static class NotificationFeature
{
    /// <summary>Adds it.</summary>
    public static void AddNotifications(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<GatewayOptions>(builder.Configuration, "Gateway"));
        builder.Services.AddSingleton<GatewayClient>();
        builder.Services.AddSingleton<BoardPasswords>();
        builder.Services.AddSingleton<ResultDisplay>();
        builder.Services.AddSingleton<CreateUpdatePasswordHandler>();
        builder.Services.AddSingleton<NotifyUpdateResultHandler>();
        builder.Services.AddHostedService<PowerOnNotice>();
        builder.Services.AddHostedService<ControlPanel>();
    }

    /// <summary>Maps the operations.</summary>
    public static void MapNotifications(this SoapEndpoint soap, IServiceProvider services)
    {
        soap.Operation<CreateUpdatePasswordRequest, CreateUpdatePasswordResponse>(services.GetRequiredService<CreateUpdatePasswordHandler>().HandleAsync, Role.Gateway);
        soap.Operation<NotifyUpdateResultRequest, NotifyUpdateResultResponse>(services.GetRequiredService<NotifyUpdateResultHandler>().HandleAsync, Role.Gateway);
    }
}

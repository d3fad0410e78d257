using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Gateway.Updates;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Gateway.BoardApi;

/// <summary>What boards say to their gateway. Each speaks for itself only: who it is says its certificate.</summary>
internal static class BoardApiFeature
{
    public static void MapBoardApi(this WebApplication app)
    {
        var (runner, orders) = (app.Services.GetRequiredService<UpdateRunner>(), app.Services.GetRequiredService<UpdateOrders>());
        app.MapSoap("Gateway", soap =>
        {
            soap.Operation<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(
                async (request, peer, cancellationToken) =>
                {
                    await runner.TakePasswordAsync(peer.Name, request.Id, request.Password, cancellationToken);
                    return new StoreUpdatePasswordResponse();
                },
                Role.Device);
            soap.Operation<BeginUpdateRequest, BeginUpdateResponse>(
                async (request, peer, cancellationToken) =>
                {
                    RequireOwn(request.MachineNumber, peer);
                    await orders.BeginAsync(request.MachineNumber, cancellationToken);
                    return new BeginUpdateResponse();
                },
                Role.Device);
            soap.Operation<NotifyPowerOnRequest, NotifyPowerOnResponse>(
                (request, peer, _) =>
                {
                    RequireOwn(request.MachineNumber, peer);
                    runner.NotePowerOn(peer.Name);
                    return Task.FromResult(new NotifyPowerOnResponse());
                },
                Role.Device);
        });
    }

    private static void RequireOwn(MachineNumber number, PeerIdentity peer)
    {
        if (number.ToString() != peer.Name)
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"{peer} speaks for itself only, not for {number}.");
    }
}

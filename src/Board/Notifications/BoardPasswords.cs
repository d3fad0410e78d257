using Microsoft.Extensions.Hosting;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Notifications;

/// <summary>The passwords that the board makes itself (U-13, U-16). In clear they are in its working memory alone, while it tells them to the gateway; one that got lost on the way is asked for again.</summary>
internal sealed class BoardPasswords(UpdatePassword stored, GatewayClient gateway, IHostApplicationLifetime lifetime)
{
    private readonly Lock _gate = new();
    private string? _sharing;

    /// <summary>Makes a one-time password for <paramref name="id"/>, arms it, and shares it with the gateway that asked (U-13). Asked again while it is on its way, it is the same one.</summary>
    public void Share(string id, UpdatePeer peer)
    {
        gateway.RequireKnown();
        lock (_gate)
        {
            if (_sharing == id)
                return;
            var password = OneTimePassword.Create();
            stored.Arm(id, password, peer);
            _sharing = id;
            _ = TellAsync(id, password, peer);
        }
    }

    /// <summary>Makes the erase password, which never goes over FTP, overwrites the board's with it, and tells it to the gateway, which overwrites its own (U-16). One that is erased is left alone, whoever erased it.</summary>
    public void Erase(UpdatePeer peer)
    {
        lock (_gate)
        {
            if (stored.UnerasedId is not { } id)
                return;
            gateway.RequireKnown();
            var password = OneTimePassword.Create();
            stored.Overwrite(password, peer);
            _sharing = null;
            _ = TellAsync(id, password, peer);
        }
    }

    private async Task TellAsync(string id, string password, UpdatePeer peer)
    {
        await Task.Yield(); // behind the answer to the gateway's own call
        try
        {
            await gateway.TellAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(new StoreUpdatePasswordRequest(id, password), peer.Name, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // The board is switched off.
        }
        finally
        {
            lock (_gate)
            {
                if (_sharing == id)
                    _sharing = null;
            }
        }
    }
}

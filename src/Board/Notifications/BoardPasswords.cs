using Microsoft.Extensions.Hosting;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Notifications;

/// <summary>The passwords that the board makes itself (U-13, U-16). In clear they are in its working memory alone, while it tells them to the gateway; one that got lost on the way is asked for again.</summary>
internal sealed class BoardPasswords(UpdatePassword stored, GatewayClient gateway, IHostApplicationLifetime lifetime)
{
    private readonly Lock _gate = new();
    private string? _sharing;
    private CancellationTokenSource? _telling;
    private Task _told = Task.CompletedTask;

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
            Tell(id, password, peer);
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
            Tell(id, password, peer);
        }
    }

    /// <summary>From now on the one before is not told any more: the gateway would take what comes last for the one that holds.</summary>
    private void Tell(string id, string password, UpdatePeer peer)
    {
        _ = _telling?.CancelAsync();
        _telling = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        _told = TellAsync(_told, id, password, peer, _telling);
    }

    private async Task TellAsync(Task before, string id, string password, UpdatePeer peer, CancellationTokenSource telling)
    {
        await Task.Yield(); // behind the answer to the gateway's own call
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await gateway.TellAsync<StoreUpdatePasswordRequest, StoreUpdatePasswordResponse>(new StoreUpdatePasswordRequest(id, password), peer.Name, telling.Token);
        }
        catch (OperationCanceledException)
        {
            // Another one is told, or the board is switched off.
        }
        finally
        {
            lock (_gate)
            {
                if (_telling == telling)
                    (_telling, _sharing) = (null, null);
                telling.Dispose();
            }
        }
    }
}

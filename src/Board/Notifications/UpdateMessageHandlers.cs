using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Notifications;

/// <summary>The gateway has the board make the one-time password (U-13).</summary>
internal sealed class CreateUpdatePasswordHandler(BoardPasswords passwords, UpdateCallers callers)
{
    /// <summary>Makes and arms it; the gateway hears it in a call of the board's own.</summary>
    public Task<CreateUpdatePasswordResponse> HandleAsync(CreateUpdatePasswordRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        passwords.Share(request.Id, callers.Identify(peer));
        return Task.FromResult(new CreateUpdatePasswordResponse());
    }
}

/// <summary>The gateway says how an update ended: where it has the board erase (U-16), and to a board that asked for the update itself (U-11). After a failed one the password stays, so that the board can be updated without TLS (U-12).</summary>
internal sealed class NotifyUpdateResultHandler(BoardPasswords passwords, UpdateCallers callers, ResultDisplay display)
{
    /// <summary>Shows it, and erases the password on both sides where the update succeeded and the password is not erased yet.</summary>
    public Task<NotifyUpdateResultResponse> HandleAsync(NotifyUpdateResultRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        display.Show(request.Succeeded, request.Version);
        if (request.Succeeded)
            passwords.Erase(callers.Identify(peer));
        return Task.FromResult(new NotifyUpdateResultResponse());
    }
}

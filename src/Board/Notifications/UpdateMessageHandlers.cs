using Microsoft.Extensions.Logging;
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

/// <summary>The gateway says how the update ended (U-16). After a failed one the password stays, so that the board can be updated without TLS (U-12).</summary>
internal sealed partial class NotifyUpdateResultHandler(BoardPasswords passwords, UpdateCallers callers, ILogger<NotifyUpdateResultHandler> logger)
{
    /// <summary>Erases the password on both sides where the update succeeded.</summary>
    public Task<NotifyUpdateResultResponse> HandleAsync(NotifyUpdateResultRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        LogResult(logger, request.Succeeded, Protocol.Printable.Shorten(request.Version, 32));
        if (request.Succeeded)
            passwords.Erase(callers.Identify(peer));
        return Task.FromResult(new NotifyUpdateResultResponse());
    }

    [LoggerMessage(444, LogLevel.Information, "The update has ended; succeeded: {Succeeded}, version {Version}")]
    private static partial void LogResult(ILogger logger, bool succeeded, string version);
}

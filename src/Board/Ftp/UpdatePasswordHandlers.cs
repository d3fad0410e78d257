using Microsoft.AspNetCore.Http;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The updating side shares a one-time password (U-3), or overwrites it (U-10).</summary>
internal sealed class StoreUpdatePasswordHandler(UpdatePassword password, UpdateCallers callers)
{
    /// <summary>Stores it. The port is open, or closed, before the answer.</summary>
    public Task<StoreUpdatePasswordResponse> HandleAsync(StoreUpdatePasswordRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        password.Store(request.Id, request.Password, callers.Identify(peer));
        return Task.FromResult(new StoreUpdatePasswordResponse());
    }
}

/// <summary>The updating side has no more use for its one-time password (U-10).</summary>
internal sealed class ForbidUpdatePasswordHandler(UpdatePassword password, UpdateCallers callers)
{
    /// <summary>Forbids it. The port is closed before the answer.</summary>
    public Task<ForbidUpdatePasswordResponse> HandleAsync(ForbidUpdatePasswordRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        password.Forbid(request.Id, callers.Identify(peer));
        return Task.FromResult(new ForbidUpdatePasswordResponse());
    }
}

/// <summary>Who calls, and from where: only from there FTP is served (U-23).</summary>
internal sealed class UpdateCallers(IHttpContextAccessor contexts)
{
    /// <summary>The caller of the operation that is being handled.</summary>
    public UpdatePeer Identify(PeerIdentity peer) => new(peer.Role, peer.Name, FtpDoor.Plain(contexts.HttpContext!.Connection.RemoteIpAddress!));
}

using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>
/// A peer is anonymous only on a connection that began while the board was blank: then nobody could be verified. Such a connection ends with the acknowledgement of the common
/// certificate's write; after that there is mutual TLS only.
/// </summary>
internal sealed class AnonymousPeers(BoardContent content, PackWriter writer)
{
    /// <summary>The handler, for peers that may still be here.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotAuthorized"/>.</exception>
    public Func<TRequest, PeerIdentity, CancellationToken, Task<TResponse>> Before<TRequest, TResponse>(Func<TRequest, PeerIdentity, CancellationToken, Task<TResponse>> handleAsync) =>
        (request, peer, cancellationToken) =>
        {
            if (peer.Role == Role.Anonymous && content.State != BoardState.Blank && !(content.Common is { } common && writer.Result.IsAbout(common.Fingerprint)))
                throw new ProvisioningException(ErrorCode.NotAuthorized, "This connection began while the board was blank. It has a certificate now: connect again and present a station's certificate.");
            return handleAsync(request, peer, cancellationToken);
        };
}

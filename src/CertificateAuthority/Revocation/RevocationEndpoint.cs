using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary><c>POST /api/revocations</c>.</summary>
internal sealed partial class RevocationEndpoint(RevocationStore store, ILogger<RevocationEndpoint> logger)
{
    public static void Map(RouteGroupBuilder api, RevocationEndpoint endpoint) => api.MapPost(
            "/revocations",
            (RevocationRequest request, HttpContext context) => endpoint.RevokeAsync(request, context.GetPeer(), context.RequestAborted))
        .RequireRole(Role.Administrator)
        .WithName("RevokeCertificates")
        .WithSummary("Revokes the certificate of a machine number, one certificate by its serial number, or all of a request; or says what would be revoked.")
        .Produces<RevocationAnswer>();

    private async Task<RevocationAnswer> RevokeAsync(RevocationRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var target = RevocationTarget.Of(request);
        var reason = RevocationReasons.Parse(request.Reason);
        if (request.Note is { Length: > RevocationRequest.MaxNoteLength })
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"The note has {request.Note.Length} characters. Allowed: up to {RevocationRequest.MaxNoteLength}.");
        var answer = await store.RevokeAsync(target, reason, request.Note, peer.ToString(), request.DryRun, cancellationToken);
        if (!request.DryRun)
            LogRevoked(logger, target.Value, answer.Revoked, answer.AlreadyRevoked, RevocationReasons.NameOf(reason), peer.ToString());
        return answer;
    }

    [LoggerMessage(240, LogLevel.Information, "{Target}: {Count} certificates revoked ({Already} were before), {Reason}, by {Peer}")]
    private static partial void LogRevoked(ILogger logger, string target, int count, int already, string reason, string peer);
}

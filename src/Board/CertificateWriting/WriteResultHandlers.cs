using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>How did the last write go?</summary>
internal sealed class GetWriteResultHandler(PackWriter writer)
{
    /// <summary>Answers without waiting.</summary>
    public Task<GetWriteResultResponse> HandleAsync(GetWriteResultRequest request, PeerIdentity peer, CancellationToken cancellationToken) =>
        Task.FromResult(writer.Result.ToResponse());
}

/// <summary>The result has reached the terminal (P-19).</summary>
internal sealed class AcknowledgeWriteResultHandler(PackWriter writer)
{
    /// <summary>Forgets it.</summary>
    public Task<AcknowledgeWriteResultResponse> HandleAsync(AcknowledgeWriteResultRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        writer.Acknowledge();
        return Task.FromResult(new AcknowledgeWriteResultResponse());
    }
}

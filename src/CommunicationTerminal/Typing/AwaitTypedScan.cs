using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Typing;

/// <summary>A station waits for a number that is typed at the terminal for its line. It is answered at once where there is one, and when the terminal stops.</summary>
internal sealed class AwaitTypedScan(TypedScans scans, StationPresence presence, IHostApplicationLifetime lifetime)
{
    /// <summary>Answers one station.</summary>
    public async Task<AwaitTypedScanResponse> HandleAsync(AwaitTypedScanRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        if (request.WaitSeconds is < 0 or > AwaitTypedScanRequest.MaxWaitSeconds)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"WaitSeconds is {request.WaitSeconds}. Allowed: 0 to {AwaitTypedScanRequest.MaxWaitSeconds}.");
        using var call = presence.Begin(peer.Name, TimeSpan.FromSeconds(request.WaitSeconds));
        var found = await scans.FetchAsync(peer.Name, request.After, cancellationToken);
        if (found is null)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
            try
            {
                await call.WaitAsync(ended.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new AwaitTypedScanResponse(request.After, null);
            }

            found = await scans.FetchAsync(peer.Name, request.After, cancellationToken);
        }

        return found is null ? new AwaitTypedScanResponse(request.After, null) : new AwaitTypedScanResponse(found.Id, MachineNumber.Parse(found.MachineNumber));
    }
}

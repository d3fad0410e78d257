using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>The last act on the line (P-12): the board takes the machine number of its verified certificate for its own.</summary>
internal sealed class InitializeParametersHandler(BoardContent content)
{
    private readonly Lock _gate = new();

    /// <summary>Sets what is not set yet.</summary>
    public Task<InitializeParametersResponse> HandleAsync(InitializeParametersRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        if (content.Own?.MachineNumber is not { } number)
            throw new ProvisioningException(ErrorCode.Conflict, "This board has no certificate of its own yet. Write it first.");
        if (content.MachineNumber is { } mine && mine != number)
            throw new ProvisioningException(ErrorCode.WrongBoard, $"This board is {mine}, but its certificate is {number}'s.");
        lock (_gate)
            content.InitializeParameters(number);
        return Task.FromResult(new InitializeParametersResponse());
    }
}

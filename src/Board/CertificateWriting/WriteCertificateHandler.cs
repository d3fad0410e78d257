using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>The unit's own pack (P-15): receipt at once, the result later.</summary>
internal sealed class WriteCertificateHandler(BoardContent content, PackWriter writer)
{
    /// <summary>Receives the pack.</summary>
    public Task<WriteCertificateResponse> HandleAsync(WriteCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var pack = request.CertificatePack;
        try
        {
            Check(pack);
        }
        catch
        {
            pack.ClearPrivateKey();
            throw;
        }

        writer.Receive(pack);
        KillPoint.Reached(BoardKillPoints.BeforeReceipt);
        return Task.FromResult(new WriteCertificateResponse());
    }

    private void Check(CertificatePack pack)
    {
        if (pack.MachineNumber is not { } number)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack names no machine number. The common certificate is written with WriteCommonCertificate.");
        if (pack.PrivateKey is null)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack holds no private key, and this board did not make one itself.");
        if ((content.MachineNumber ?? content.Own?.MachineNumber) is { } mine && mine != number)
            throw new ProvisioningException(ErrorCode.WrongBoard, $"This board is {mine}. It does not take the certificate of {number}.");
        var trusted = (content.Common ?? content.Own)!.Identity.Root; // a peer that may call this was verified against it
        if (!trusted.RawDataMemory.Span.SequenceEqual(pack.RootCertificate))
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack's root is not the one that this board trusts.");
    }
}

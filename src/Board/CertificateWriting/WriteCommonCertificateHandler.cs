using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>The common certificate for a board that has none (P-11). What it brings decides whom the board trusts from then on, so a board takes it once.</summary>
internal sealed class WriteCommonCertificateHandler(BoardContent content, PackWriter writer)
{
    /// <summary>Receives the pack.</summary>
    public Task<WriteCommonCertificateResponse> HandleAsync(WriteCommonCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
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
        return Task.FromResult(new WriteCommonCertificateResponse());
    }

    private void Check(CertificatePack pack)
    {
        if (pack.MachineNumber is not null || pack.PrivateKey is null)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The common certificate's pack holds a private key and no machine number.");
        WriteCertificateHandler.RequireRoom(pack);
        if (content.Own is not null || (content.Common is { } common && common.Fingerprint != pack.Fingerprint))
            throw new ProvisioningException(ErrorCode.CommonCertificateExists, "This board has a certificate already. It takes the common certificate once.");
    }
}

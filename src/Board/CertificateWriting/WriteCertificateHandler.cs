using System.Security.Cryptography;
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

    /// <summary>Passes a pack that fits into its area of the memory.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.RequestTooLarge"/>.</exception>
    public static void RequireRoom(CertificatePack pack)
    {
        byte[][] certificates = [pack.RootCertificate, .. pack.IssuingCertificates, pack.ClientCertificate];
        var size = certificates.Sum(der => PemEncoding.GetEncodedSize("CERTIFICATE".Length, der.Length)) + (pack.PrivateKey?.Length ?? 0) + MemoryMap.SlotOverhead;
        if (size > MemoryMap.PackLimit)
            throw new ProvisioningException(ErrorCode.RequestTooLarge, $"The pack takes {size} bytes in flash; the area of a certificate holds {MemoryMap.PackLimit}.");
    }

    private void Check(CertificatePack pack)
    {
        if (pack.MachineNumber is not { } number)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack names no machine number. The common certificate is written with WriteCommonCertificate.");
        var inPlace = content.Own?.Fingerprint == pack.Fingerprint; // sent again after a lost answer: its request is answered
        if (pack.PrivateKey is null && content.Open is null && !inPlace)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack holds no private key, and this board has no open certificate request.");
        if (pack.PrivateKey is not null && content.Open is not null)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "This board has made its own key and asked for a certificate. It takes no key that was made elsewhere: send the pack without one.");
        RequireRoom(pack);
        if ((content.MachineNumber ?? content.Own?.MachineNumber) is { } mine && mine != number)
            throw new ProvisioningException(ErrorCode.WrongBoard, $"This board is {mine}. It does not take the certificate of {number}.");
        var trusted = (content.Common ?? content.Own)!.Identity.Root; // a peer that may call this was verified against it
        if (!trusted.RawDataMemory.Span.SequenceEqual(pack.RootCertificate))
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "The pack's root is not the one that this board trusts.");
    }
}

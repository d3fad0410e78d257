using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>
/// Who gets a certificate by EST. A device gets the next one for its machine number: the one it presents is superseded in the transaction that reserves the new one. A communication
/// terminal gets first certificates for boards (RFC 7030, 3.7: it is their registration authority).
/// </summary>
/// <remarks>
/// EST has no request ids, so that the id is made of who asks and of the key: the same key again, presented with the same certificate, is the same request and gets the same answer.
/// That is what a device does whose answer was lost, and the one thing for which a superseded certificate is still good.
/// </remarks>
internal sealed partial class Enroller(CertificateIssuer issuer, IssuanceStore store, DeviceCertificates devices, RequestedKeys keys, ILogger<Enroller> logger)
{
    /// <summary>Carries a request out; <paramref name="renewal"/> is <c>simplereenroll</c>.</summary>
    /// <returns>The certificate, DER.</returns>
    /// <exception cref="ProvisioningException">It is refused.</exception>
    public async Task<byte[]> EnrollAsync(ReadOnlyMemory<byte> encoded, PeerIdentity peer, X509Certificate2 presented, bool renewal, CancellationToken cancellationToken)
    {
        var order = peer.Role switch
        {
            Role.Device => Renew(encoded, peer, devices.Require(presented)),
            Role.CommunicationTerminal when !renewal => Enroll(encoded, peer),
            Role.CommunicationTerminal => throw new ProvisioningException(
                ErrorCode.NotAuthorized,
                "A device renews its certificate itself, with the one it has. A terminal replaces a certificate with SignCertificateRequest and a Reason."),
            Role.Board => throw new ProvisioningException(
                ErrorCode.NotAuthorized,
                "The common certificate is on every board and proves no machine number. A board's first certificate is ordered by its factory's terminal."),
            _ => throw new ProvisioningException(ErrorCode.NotAuthorized, $"{peer} may not enroll. Allowed: a device with its own certificate, and a communication terminal."),
        };
        var number = order.MachineNumbers.Single().ToString();
        LogEnroll(logger, order.RequestId.ToString(), order.Kind, number, peer);
        try
        {
            return (await issuer.IssueOneAsync(order, cancellationToken)).ClientCertificate;
        }
        catch (ProvisioningException ended) when (ended.Code == ErrorCode.Conflict && peer.Role == Role.Device)
        {
            throw devices.Require(presented).Refusal(); // what it got for this key has been replaced or revoked itself
        }
    }

    /// <summary>Passes a device whose certificate still counts.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Revoked"/> or <see cref="ErrorCode.NotAuthorized"/>.</exception>
    public DeviceCertificate RequireValid(X509Certificate2 presented)
    {
        var certificate = devices.Require(presented);
        return CertificateLife.IsValid(certificate.State) ? certificate : throw certificate.Refusal();
    }

    private IssuanceOrder Enroll(ReadOnlyMemory<byte> encoded, PeerIdentity peer)
    {
        var request = CertificationRequest.Read(encoded);
        var machineNumber = request.Subject.RequireMachineNumber();
        keys.Require(request.PublicKey, machineNumber.Model);
        return new IssuanceOrder(IdOf($"{peer} {machineNumber}", request.PublicKey), OrderKind.Sign, peer.Name, [machineNumber])
        {
            PublicKey = request.PublicKey.SubjectPublicKeyInfo,
            Actor = peer.ToString(),
        };
    }

    private IssuanceOrder Renew(ReadOnlyMemory<byte> encoded, PeerIdentity peer, DeviceCertificate presented)
    {
        if (presented.State is not CertificateState.Superseded && !CertificateLife.IsValid(presented.State))
            throw presented.Refusal();
        var request = CertificationRequest.Read(encoded);
        if (!request.Subject.Says(presented.Subject)) // RFC 7030, 4.2.2
            throw CertificationRequest.Invalid($"its subject is '{request.Subject}', but a renewal must keep the certificate's subject '{presented.Subject}', part by part in this order");
        keys.Require(request.PublicKey, presented.MachineNumber.Model);
        var id = IdOf(presented.SerialNumber.ToString(), request.PublicKey);
        if (presented.State == CertificateState.Superseded && store.FindRequest(id) is null)
            throw presented.Refusal();
        return new IssuanceOrder(id, OrderKind.Renew, presented.Factory, [presented.MachineNumber])
        {
            PublicKey = request.PublicKey.SubjectPublicKeyInfo,
            Replaces = presented.SerialNumber,
            Actor = peer.ToString(),
        };
    }

    /// <summary>An id (UUID, version 8) that only the same asker with the same key comes to.</summary>
    private static RequestId IdOf(string asker, RequestedKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"EST\n{asker}\n"), .. key.SubjectPublicKeyInfo], hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new RequestId(new Guid(hash[..16], bigEndian: true));
    }

    [LoggerMessage(210, LogLevel.Information, "Request {RequestId}: {Kind} for {MachineNumber} by EST, asked by {Peer}")]
    private static partial void LogEnroll(ILogger logger, string requestId, OrderKind kind, string machineNumber, PeerIdentity peer);
}

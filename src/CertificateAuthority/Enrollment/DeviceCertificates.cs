using System.Security.Cryptography.X509Certificates;
using Dapper;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>The certificate that a device presented, as this CA's own database knows it.</summary>
/// <param name="SerialNumber">Its serial number.</param>
/// <param name="MachineNumber">Whose it is.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Factory">The terminal that the device's first certificate was made for.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Ended">When and why it was taken out of use, in words; null while it is valid.</param>
internal sealed record DeviceCertificate(SerialNumber SerialNumber, MachineNumber MachineNumber, CertificateState State, string Factory, RequestedName Subject, string? Ended)
{
    /// <summary>The refusal of a device whose certificate was taken out of use.</summary>
    public ProvisioningException Refusal() => new(
        ErrorCode.Revoked,
        $"The certificate {SerialNumber} of {MachineNumber} that was presented is {State} ({Ended}). {(State == CertificateState.Superseded ? "Present the later one." : "The device needs a new one from its factory.")}");
}

/// <summary>Looks up what a device presented. The TLS handshake has checked no more than that it is not expired and below our root; whether it still counts stands here.</summary>
internal sealed class DeviceCertificates(Database database)
{
    /// <summary>The row of <paramref name="presented"/>, found by its serial number, and the same in every signed octet, the public key among them.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotAuthorized"/> where this CA knows of no such certificate.</exception>
    public DeviceCertificate Require(X509Certificate2 presented)
    {
        var serialNumber = Convert.ToHexStringLower(presented.SerialNumberBytes.Span);
        var row = database.Read(connection => connection.QuerySingleOrDefault<Row>(
            """
            SELECT certificate.machine_number AS MachineNumber, certificate.state AS State, certificate.to_be_signed AS ToBeSigned, issuance_request.caller AS Caller,
              certificate.revoked_at AS RevokedAt, certificate.revocation_reason AS RevocationReason
            FROM certificate JOIN issuance_request ON issuance_request.request_id = certificate.request_id WHERE certificate.serial_number = @serialNumber
            """,
            new { serialNumber }));
        if (row is null || !SignedCertificate.ToBeSignedIn(presented.RawDataMemory.Span).SequenceEqual(row.ToBeSigned))
        {
            throw new ProvisioningException(
                ErrorCode.NotAuthorized,
                $"The certificate {Printable.Shorten(serialNumber)} that was presented is not one that this CA has on record. Ask the factory for a new one.");
        }

        return new DeviceCertificate(
            SerialNumber.Parse(serialNumber),
            MachineNumber.Parse(row.MachineNumber),
            Enum.Parse<CertificateState>(row.State),
            row.Caller,
            RequestedName.Read(presented.SubjectName.RawData),
            row.RevokedAt is null ? null : $"{row.RevokedAt}, {row.RevocationReason}");
    }

    private sealed class Row
    {
        public string MachineNumber { get; init; } = string.Empty;

        public string State { get; init; } = string.Empty;

        public byte[] ToBeSigned { get; init; } = [];

        public string Caller { get; init; } = string.Empty;

        public string? RevokedAt { get; init; }

        public string? RevocationReason { get; init; }
    }
}

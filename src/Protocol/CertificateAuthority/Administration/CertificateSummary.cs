namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>One certificate in a list.</summary>
/// <param name="SerialNumber">The certificate's serial number, 40 lower-case hexadecimal digits.</param>
/// <param name="MachineNumber">Whose it is, such as 3012-000001.</param>
/// <param name="State">Where it stands in its life.</param>
/// <param name="Factory">The name of the communication terminal that asked for it.</param>
/// <param name="Issuer">The generation of the issuing CA that signs it: 1, 2, 3 …</param>
/// <param name="RequestId">The request that it came from.</param>
/// <param name="IssuedAt">When its signature was stored; absent while it is only reserved.</param>
/// <param name="NotAfter">When its validity ends; absent for certificates of the first version of this program, which say it only themselves.</param>
/// <param name="RevokedAt">When it was superseded or revoked.</param>
/// <param name="RevocationReason">Why, in the spelling of RFC 5280, 5.3.1.</param>
public sealed record CertificateSummary(
    string SerialNumber,
    string MachineNumber,
    CertificateState State,
    string Factory,
    int Issuer,
    string RequestId,
    DateTimeOffset? IssuedAt,
    DateTimeOffset? NotAfter,
    DateTimeOffset? RevokedAt,
    string? RevocationReason);

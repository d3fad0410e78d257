using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>What a revocation is asked for by.</summary>
internal enum TargetKind
{
    /// <summary>The valid certificate of a machine number.</summary>
    MachineNumber,

    /// <summary>One certificate.</summary>
    SerialNumber,

    /// <summary>All certificates of a request.</summary>
    RequestId,
}

/// <summary>Which certificates are meant.</summary>
/// <param name="Kind">By what.</param>
/// <param name="Value">In the form in which it stands in the tables.</param>
internal sealed record RevocationTarget(TargetKind Kind, string Value)
{
    /// <summary>What is said where there is none.</summary>
    public string NotFound => Kind switch
    {
        TargetKind.MachineNumber => $"{Value} has no certificate of this CA.",
        TargetKind.SerialNumber => $"This CA has issued no certificate with the serial number {Value}.",
        _ => $"This CA has no request {Value}.",
    };

    /// <summary>What the audit trail files it under: the batch, or the one machine number.</summary>
    public string Subject(string machineNumber) => Kind == TargetKind.RequestId ? Value : machineNumber;

    /// <summary>Reads the one target of a request.</summary>
    /// <exception cref="ProvisioningException">None or several, or not of the form.</exception>
    public static RevocationTarget Of(RevocationRequest request)
    {
        var named = new[] { request.MachineNumber, request.SerialNumber, request.RequestId }.Count(target => !string.IsNullOrEmpty(target));
        if (named != 1)
            throw new ProvisioningException(ErrorCode.MalformedRequest, "Name exactly one of machineNumber, serialNumber and requestId.");
        if (!string.IsNullOrEmpty(request.MachineNumber))
            return new RevocationTarget(TargetKind.MachineNumber, MachineNumber.Parse(request.MachineNumber).ToString());
        if (!string.IsNullOrEmpty(request.RequestId))
            return new RevocationTarget(TargetKind.RequestId, RequestId.Parse(request.RequestId).ToString());
        try
        {
            return new RevocationTarget(TargetKind.SerialNumber, SerialNumber.Parse(request.SerialNumber!.ToLowerInvariant()).ToString());
        }
        catch (FormatException)
        {
            throw new ProvisioningException(
                ErrorCode.MalformedRequest,
                $"'{Printable.Shorten(request.SerialNumber)}' is not a serial number of this CA. Expected {2 * SerialNumber.Size} hexadecimal digits, as openssl x509 -serial prints them.");
        }
    }
}

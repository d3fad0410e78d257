using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CertificateAuthority;

/// <summary>
/// Terminal → CA: the packs of these machine numbers will not be built in; the numbers' valid certificates are revoked (<c>cessationOfOperation</c>). Numbers that have none are no error. An
/// operation beyond the wire page, for left-over packs and corrected plans. Repeating it changes nothing; a returned number can be issued again by <see cref="IssueCertificatesRequest"/>.
/// </summary>
/// <param name="RequestId">The caller's name for the request: the same id never revokes what was issued after its first answer.</param>
/// <param name="MachineNumbers">1 to 10,000, each once.</param>
/// <param name="Reason">Why, for the audit trail.</param>
public sealed record ReturnCertificatesRequest(RequestId RequestId, IReadOnlyList<MachineNumber> MachineNumbers, string? Reason = null) : ISoapMessage<ReturnCertificatesRequest>
{
    /// <summary>The most machine numbers of one request.</summary>
    public const int MaxMachineNumbers = IssueCertificatesRequest.MaxMachineNumbers;

    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReturnCertificates",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber, 1, MaxMachineNumbers),
        new SoapField(nameof(Reason), SoapType.Text, Min: 0));

    /// <inheritdoc/>
    public static ReturnCertificatesRequest Read(SoapReader reader) => new(
        reader.RequestId(),
        reader.Many(nameof(MachineNumber), 1, MaxMachineNumbers, static r => r.MachineNumber()),
        reader.OptionalText(nameof(Reason)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        foreach (var machineNumber in MachineNumbers)
            writer.WriteText(nameof(MachineNumber), machineNumber.ToString());
        writer.WriteOptional(nameof(Reason), Reason);
    }
}

/// <summary>CA → terminal: none of the numbers has a valid certificate any more.</summary>
/// <param name="RequestId">As asked.</param>
/// <param name="Revoked">How many certificates this request has revoked, also where its answer was lost and it came again.</param>
public sealed record ReturnCertificatesResponse(RequestId RequestId, int Revoked) : ISoapMessage<ReturnCertificatesResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReturnCertificatesResponse",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(Revoked), SoapType.Int));

    /// <inheritdoc/>
    public static ReturnCertificatesResponse Read(SoapReader reader) => new(reader.RequestId(), reader.Int(nameof(Revoked)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        writer.WriteInt(nameof(Revoked), Revoked);
    }
}

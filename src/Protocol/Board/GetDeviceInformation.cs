using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station, gateway → board: who are you?</summary>
public sealed record GetDeviceInformationRequest() : ISoapMessage<GetDeviceInformationRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("GetDeviceInformation");

    /// <inheritdoc/>
    public static GetDeviceInformationRequest Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

/// <summary>Board → caller. Everything that the board does not have yet is absent.</summary>
public sealed record GetDeviceInformationResponse(
    MachineNumber? MachineNumber,
    string FirmwareVersion,
    Fingerprint? CommonCertificateFingerprint,
    Fingerprint? CertificateFingerprint,
    BoardState State) : ISoapMessage<GetDeviceInformationResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetDeviceInformationResponse",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber, Min: 0),
        new SoapField(nameof(FirmwareVersion), SoapType.Text),
        new SoapField(nameof(CommonCertificateFingerprint), SoapType.Fingerprint, Min: 0),
        new SoapField(nameof(CertificateFingerprint), SoapType.Fingerprint, Min: 0),
        SoapField.OneOf<BoardState>(nameof(State)));

    /// <inheritdoc/>
    public static GetDeviceInformationResponse Read(SoapReader reader) => new(
        reader.IsNext(nameof(MachineNumber)) ? reader.MachineNumber(nameof(MachineNumber)) : null,
        reader.Text(nameof(FirmwareVersion)),
        reader.OptionalFingerprint(nameof(CommonCertificateFingerprint)),
        reader.OptionalFingerprint(nameof(CertificateFingerprint)),
        reader.OneOf<BoardState>(nameof(State)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteOptional(nameof(MachineNumber), MachineNumber?.ToString());
        writer.WriteText(nameof(FirmwareVersion), FirmwareVersion);
        writer.WriteOptional(nameof(CommonCertificateFingerprint), CommonCertificateFingerprint?.ToString());
        writer.WriteOptional(nameof(CertificateFingerprint), CertificateFingerprint?.ToString());
        writer.WriteText(nameof(State), State.ToString());
    }
}

/// <summary>How far a board has come on the line.</summary>
public enum BoardState
{
    /// <summary>No common certificate: fresh from assembly.</summary>
    Blank,

    /// <summary>Has the common certificate: through the board line (P-11).</summary>
    Common,

    /// <summary>Has its own certificate, parameters not initialised yet.</summary>
    Certified,

    /// <summary>Has its own certificate and initialised parameters (P-12).</summary>
    Initialized,
}

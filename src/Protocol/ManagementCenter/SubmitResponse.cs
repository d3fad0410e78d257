using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.ManagementCenter;

/// <summary>What the center can ask of a device.</summary>
public enum RequestKind
{
    /// <summary>Its billing counters .</summary>
    ReadCounters,

    /// <summary>Another firmware (R-8, U-1).</summary>
    UpdateFirmware,

    /// <summary>What it is.</summary>
    GetDeviceInformation,
}

/// <summary>What a gateway says about a request.</summary>
public enum ResponseKind
{
    /// <summary>It was carried out; the detail is its result.</summary>
    Result,

    /// <summary>It failed; the detail says why, for people, and the code for programs.</summary>
    Fault,

    /// <summary>It takes its time; the result comes with another response .</summary>
    Delayed,
}

/// <summary>
/// Gateway → center: how a request ended. Also the result of an update that began at the board (U-17): then the id is the update's own, and nobody at the center has asked. The same id again is the same result.
/// </summary>
/// <param name="RequestId">The request's.</param>
/// <param name="MachineNumber">The device.</param>
/// <param name="Kind">What was asked.</param>
/// <param name="Response">How it ended.</param>
/// <param name="FirmwareVersion">The version that was read back; absent where none was.</param>
/// <param name="Code">Of a fault, and of an update: its outcome.</param>
/// <param name="Detail">In a sentence.</param>
public sealed record SubmitResponseRequest(RequestId RequestId, MachineNumber MachineNumber, RequestKind Kind, ResponseKind Response, string? FirmwareVersion, string? Code, string? Detail)
    : ISoapMessage<SubmitResponseRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "SubmitResponse",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        SoapField.OneOf<RequestKind>(nameof(Kind)),
        SoapField.OneOf<ResponseKind>(nameof(Response)),
        new SoapField(nameof(FirmwareVersion), SoapType.Text, Min: 0),
        new SoapField(nameof(Code), SoapType.Text, Min: 0),
        new SoapField(nameof(Detail), SoapType.Text, Min: 0));

    /// <inheritdoc/>
    public static SubmitResponseRequest Read(SoapReader reader) => new(
        reader.RequestId(nameof(RequestId)),
        reader.MachineNumber(nameof(MachineNumber)),
        reader.OneOf<RequestKind>(nameof(Kind)),
        reader.OneOf<ResponseKind>(nameof(Response)),
        reader.OptionalText(nameof(FirmwareVersion)),
        reader.OptionalText(nameof(Code)),
        reader.OptionalText(nameof(Detail)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteText(nameof(Kind), Kind.ToString());
        writer.WriteText(nameof(Response), Response.ToString());
        writer.WriteOptional(nameof(FirmwareVersion), FirmwareVersion);
        writer.WriteOptional(nameof(Code), Code);
        writer.WriteOptional(nameof(Detail), Detail);
    }
}

/// <summary>Center → gateway: taken.</summary>
public sealed record SubmitResponseResponse() : ISoapMessage<SubmitResponseResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("SubmitResponseResponse");

    /// <inheritdoc/>
    public static SubmitResponseResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

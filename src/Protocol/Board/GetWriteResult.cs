using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station → board: how did the last write go?</summary>
public sealed record GetWriteResultRequest() : ISoapMessage<GetWriteResultRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("GetWriteResult");

    /// <inheritdoc/>
    public static GetWriteResultRequest Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

/// <summary>Board → station. Kept over a power cut until acknowledged.</summary>
public sealed record GetWriteResultResponse(
    WriteState State,
    string? Detail,
    Fingerprint? CertificateFingerprint) : ISoapMessage<GetWriteResultResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetWriteResultResponse",
        SoapField.OneOf<WriteState>(nameof(State)),
        new SoapField(nameof(Detail), SoapType.Text, Min: 0),
        new SoapField(nameof(CertificateFingerprint), SoapType.Fingerprint, Min: 0));

    /// <inheritdoc/>
    public static GetWriteResultResponse Read(SoapReader reader) => new(
        reader.OneOf<WriteState>(nameof(State)),
        reader.OptionalText(nameof(Detail)),
        reader.OptionalFingerprint(nameof(CertificateFingerprint)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(State), State.ToString());
        writer.WriteOptional(nameof(Detail), Detail);
        writer.WriteOptional(nameof(CertificateFingerprint), CertificateFingerprint?.ToString());
    }
}

/// <summary>The state of a board's last write.</summary>
public enum WriteState
{
    /// <summary>Nothing was written, or its result was acknowledged.</summary>
    Idle,

    /// <summary>The write is under way.</summary>
    Writing,

    /// <summary>Written, read back and checked.</summary>
    Succeeded,

    /// <summary>Not written; the board has what it had before.</summary>
    Failed,
}

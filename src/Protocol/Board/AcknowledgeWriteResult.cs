using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station → board: the result has reached the terminal; the board may forget it (P-19).</summary>
public sealed record AcknowledgeWriteResultRequest() : ISoapMessage<AcknowledgeWriteResultRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("AcknowledgeWriteResult");

    /// <inheritdoc/>
    public static AcknowledgeWriteResultRequest Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

/// <summary>Board → station: forgotten.</summary>
public sealed record AcknowledgeWriteResultResponse() : ISoapMessage<AcknowledgeWriteResultResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("AcknowledgeWriteResultResponse");

    /// <inheritdoc/>
    public static AcknowledgeWriteResultResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

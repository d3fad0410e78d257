using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station → board: set machine number, initial values and counters in NVRAM (P-12, P-26). Repeating it changes nothing.</summary>
public sealed record InitializeParametersRequest() : ISoapMessage<InitializeParametersRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("InitializeParameters");

    /// <inheritdoc/>
    public static InitializeParametersRequest Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

/// <summary>Board → station: done.</summary>
public sealed record InitializeParametersResponse() : ISoapMessage<InitializeParametersResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("InitializeParametersResponse");

    /// <inheritdoc/>
    public static InitializeParametersResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Updating side → board: the one-time password of <paramref name="Id"/> is of no use any more (U-10). One that is not there is forbidden already.</summary>
public sealed record ForbidUpdatePasswordRequest(string Id) : ISoapMessage<ForbidUpdatePasswordRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ForbidUpdatePassword",
        new SoapField(nameof(Id), SoapType.Text));

    /// <inheritdoc/>
    public static ForbidUpdatePasswordRequest Read(SoapReader reader) => new(reader.Text(nameof(Id)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(Id), Id);
    }
}

/// <summary>Board → updating side: nobody logs in as that any more.</summary>
public sealed record ForbidUpdatePasswordResponse() : ISoapMessage<ForbidUpdatePasswordResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("ForbidUpdatePasswordResponse");

    /// <inheritdoc/>
    public static ForbidUpdatePasswordResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

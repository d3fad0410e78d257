using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Gateway → board: make a one-time password for <paramref name="Id"/>; the board then shares it over TLS with <see cref="StoreUpdatePasswordRequest"/> (U-13).</summary>
public sealed record CreateUpdatePasswordRequest(string Id) : ISoapMessage<CreateUpdatePasswordRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "CreateUpdatePassword",
        new SoapField(nameof(Id), SoapType.Text));

    /// <inheritdoc/>
    public static CreateUpdatePasswordRequest Read(SoapReader reader) => new(reader.Text(nameof(Id)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(Id), Id);
    }
}

/// <summary>Board → gateway: it will come.</summary>
public sealed record CreateUpdatePasswordResponse() : ISoapMessage<CreateUpdatePasswordResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("CreateUpdatePasswordResponse");

    /// <inheritdoc/>
    public static CreateUpdatePasswordResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

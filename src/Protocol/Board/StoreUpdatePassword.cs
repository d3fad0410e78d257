using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>
/// Updating side → board, and board → gateway where the board makes it (U-13, U-16): the one-time password under which <paramref name="Id"/> logs in over FTP (U-3). The same message overwrites it (U-10).
/// </summary>
/// <param name="Id">Who logs in with it.</param>
/// <param name="Password">A secret: never in a log, an error or a URL.</param>
public sealed record StoreUpdatePasswordRequest(string Id, string Password) : ISoapMessage<StoreUpdatePasswordRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "StoreUpdatePassword",
        new SoapField(nameof(Id), SoapType.Text),
        new SoapField(nameof(Password), SoapType.Text));

    /// <inheritdoc/>
    public static StoreUpdatePasswordRequest Read(SoapReader reader) => new(
        reader.Text(nameof(Id)),
        reader.Text(nameof(Password)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(Id), Id);
        writer.WriteText(nameof(Password), Password);
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"StoreUpdatePassword of {Printable.Shorten(Id)}";
}

/// <summary>The answer: it is stored.</summary>
public sealed record StoreUpdatePasswordResponse() : ISoapMessage<StoreUpdatePasswordResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("StoreUpdatePasswordResponse");

    /// <inheritdoc/>
    public static StoreUpdatePasswordResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

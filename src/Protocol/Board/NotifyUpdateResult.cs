using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Gateway → board: how an update ended that the board asked for (U-11), or whose password it is to erase: after a success it overwrites one that is not erased yet, on both sides (U-16).</summary>
/// <param name="Succeeded">Whether the version that was wanted runs.</param>
/// <param name="Version">The version that was read last: behind the restart, or before anything was sent. Empty where none could be read.</param>
public sealed record NotifyUpdateResultRequest(bool Succeeded, string Version) : ISoapMessage<NotifyUpdateResultRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "NotifyUpdateResult",
        new SoapField(nameof(Succeeded), SoapType.Boolean),
        new SoapField(nameof(Version), SoapType.Text));

    /// <inheritdoc/>
    public static NotifyUpdateResultRequest Read(SoapReader reader) => new(
        reader.Boolean(nameof(Succeeded)),
        reader.Text(nameof(Version)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteBoolean(nameof(Succeeded), Succeeded);
        writer.WriteText(nameof(Version), Version);
    }
}

/// <summary>Board → gateway: noted.</summary>
public sealed record NotifyUpdateResultResponse() : ISoapMessage<NotifyUpdateResultResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("NotifyUpdateResultResponse");

    /// <inheritdoc/>
    public static NotifyUpdateResultResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

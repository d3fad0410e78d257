using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>An image in the line's folder that is whole and signed.</summary>
/// <param name="File">Where it is.</param>
/// <param name="Header">What it is.</param>
internal sealed record FirmwareImage(string File, ImageHeader Header)
{
    /// <summary>The digest of its header, which holds that of the payload: a file of the same name that was put in its place is another image.</summary>
    public string Id { get; } = IdOf(Header);

    /// <summary>The version that boards report when they run it.</summary>
    public string Version => Header.Manifest.Version;

    /// <summary>The id of the image that begins with <paramref name="header"/>.</summary>
    public static string IdOf(ImageHeader header) => Fingerprint.Of(header.Bytes.Span).ToString();
}

using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.Gateway.Images;

/// <summary>Section <c>Images</c>: where images lie, and who signs them; paths relative to the data directory.</summary>
internal sealed record ImagesOptions
{
    /// <summary>The folder of the images.</summary>
    [Required]
    public string Directory { get; init; } = "images";

    /// <summary>PEM: the public keys that sign images (<c>stationctl firmware keygen</c>). Without the file no image is taken.</summary>
    [Required]
    public string Keys { get; init; } = "firmware-keys.pem";
}

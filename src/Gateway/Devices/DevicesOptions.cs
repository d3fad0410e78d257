using System.ComponentModel.DataAnnotations;
using System.Net;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Gateway.Devices;

/// <summary>Section <c>Devices</c>: the devices in this gateway's network.</summary>
internal sealed record DevicesOptions : IValidatableObject
{
    /// <summary>One entry per device; others are not known here.</summary>
    public IReadOnlyList<KnownDevice> Known { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var device in Known)
        {
            if (!MachineNumber.TryParse(device.MachineNumber, out _))
                yield return new ValidationResult($"'{Printable.Shorten(device.MachineNumber)}' is not a machine number, such as 3012-000001.", [nameof(Known)]);
            if (device.Address is not { IsAbsoluteUri: true } address || address.Scheme != Uri.UriSchemeHttps || !IPAddress.TryParse(address.DnsSafeHost, out _))
                yield return new ValidationResult($"The address of {Printable.Shorten(device.MachineNumber)} has to be https with an IP address, such as https://192.0.2.7:7460.", [nameof(Known)]);
            if (device.FtpPort is < 1 or > 65535)
                yield return new ValidationResult($"FtpPort of {Printable.Shorten(device.MachineNumber)} is {device.FtpPort}. Allowed: 1 to 65535.", [nameof(Known)]);
        }

        if (Known.Select(device => device.MachineNumber).Distinct(StringComparer.Ordinal).Count() != Known.Count)
            yield return new ValidationResult("A device is listed twice.", [nameof(Known)]);
    }
}

/// <summary>One device.</summary>
internal sealed record KnownDevice
{
    /// <summary>Its machine number, which its certificate has to prove.</summary>
    public string MachineNumber { get; init; } = string.Empty;

    /// <summary>Of its SOAP over TLS, with an IP address.</summary>
    public Uri? Address { get; init; }

    /// <summary>Of its FTP, at the same address.</summary>
    public int FtpPort { get; init; } = 2121;
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A host or IP address and a TCP port, such as <c>192.0.2.17:9004</c>, <c>scanner-3:9004</c> or <c>[2001:db8::17]:9004</c>.</summary>
internal sealed record NetworkAddress(string Host, int Port)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It has another form.</exception>
    public static NetworkAddress Parse(string text) => TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not host:port.");

    /// <summary>Reads one; false where <paramref name="text"/> has another form.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out NetworkAddress? address)
    {
        address = null;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;
        var host = text![..colon];
        if (host is ['[', .., ']'])
            host = IPAddress.TryParse(host[1..^1], out _) ? host[1..^1] : string.Empty;
        else if (Uri.CheckHostName(host) is not (UriHostNameType.IPv4 or UriHostNameType.Dns))
            host = string.Empty;
        if (host.Length == 0)
            return false;
        address = new NetworkAddress(host, port);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

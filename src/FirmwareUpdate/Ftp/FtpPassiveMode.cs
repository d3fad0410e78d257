using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>Opens data connections: EPSV (RFC 2428), and PASV (RFC 959) where a server does not know it.</summary>
internal sealed partial class FtpPassiveMode(FtpControl control)
{
    private bool _isExtendedUnknown;

    /// <summary>Asks the server for a port, and connects to it.</summary>
    /// <param name="asked">What it is for, in words.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Socket> OpenAsync(string asked, CancellationToken cancellationToken)
    {
        var words = $"for a data connection {asked}";
        if (!_isExtendedUnknown)
        {
            try
            {
                var extended = await control.AskAsync(new FtpCommand("EPSV", null, words), [229], cancellationToken);
                return await ConnectAsync(extended, FindExtendedPort(extended.Text), asked, cancellationToken);
            }
            catch (FtpException refused) when (control.IsIPv4 && refused.Reply?.Code is 500 or 501 or 502 or 504 or 522)
            {
                _isExtendedUnknown = true;
            }
        }

        var passive = await control.AskAsync(new FtpCommand("PASV", null, words), [227], cancellationToken);
        return await ConnectAsync(passive, FindPort(passive.Text), asked, cancellationToken);
    }

    /// <summary>The port of a 229 answer, such as <c>(|||50001|)</c>; null where it names none.</summary>
    internal static int? FindExtendedPort(string text) => Extended().Match(text) is { Success: true } match ? Port(match.Groups["port"].Value) : null;

    /// <summary>The port of a 227 answer, such as <c>(192,0,2,1,195,81)</c>, or without parentheses (RFC 1123 section 4.1.2.6); null where it names none. The address in it is nobody's business.</summary>
    internal static int? FindPort(string text)
    {
        if (Passive().Match(text) is not { Success: true } match)
            return null;
        var numbers = match.Groups["number"].Captures.Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture)).ToList();
        return numbers.All(number => number <= 255) && ((numbers[4] * 256) + numbers[5]) is > 0 and var port ? port : null;
    }

    private static int? Port(string digits) => int.Parse(digits, CultureInfo.InvariantCulture) is >= 1 and <= 65535 and var port ? port : null;

    private Task<Socket> ConnectAsync(FtpReply reply, int? port, string asked, CancellationToken cancellationToken) => port is null
        ? throw control.Break($"for a data connection {asked}", $"named no usable port: {reply}", reply)
        : control.ConnectDataAsync(port.Value, asked, cancellationToken);

    [GeneratedRegex(@"\((?<mark>[!-~])\k<mark>\k<mark>(?<port>[0-9]{1,5})\k<mark>\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Extended();

    [GeneratedRegex(@"(?<![0-9,])((?<number>[0-9]{1,3}),){5}(?<number>[0-9]{1,3})(?![0-9,])", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Passive();
}

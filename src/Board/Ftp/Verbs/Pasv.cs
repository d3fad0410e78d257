using System.Globalization;

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>A passive port, told as RFC 959, 4.1.2 does. A client does well to take the port and not the address.</summary>
internal static class Pasv
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("PASV", Answer);

    private static FtpReply Answer(FtpSession session, string? argument)
    {
        if (session.IsExtendedOnly)
            return new FtpReply(503, "You have said EPSV ALL.");
        if (!session.IsVersion4)
            return new FtpReply(425, "PASV knows IPv4 only. Say EPSV.");
        if (session.OpenDataPort() is not { } port)
            return new FtpReply(425, "No passive port is free.");
        var numbers = string.Join(",", session.LocalAddress.GetAddressBytes().Concat([(byte)(port >> 8), (byte)port]).Select(number => number.ToString(CultureInfo.InvariantCulture)));
        return new FtpReply(227, $"Entering Passive Mode ({numbers}).");
    }
}

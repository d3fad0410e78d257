namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>
/// Something could not be had from an FTP server. The message says who was asked for what and what came of it; never the password.
/// Apart from a refusal (<see cref="Reply"/> 4xx, 5xx to a whole command) the connection is of no use afterwards.
/// </summary>
public sealed class FtpException(string message, FtpReply? reply = null, Exception? cause = null) : IOException(message, cause)
{
    /// <summary>What the server answered; null where it did not answer, or not in FTP.</summary>
    public FtpReply? Reply { get; } = reply;
}

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Another directory (RFC 959, 4.1.1).</summary>
internal static class Cwd
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("CWD", static (session, path) => Change(session, path ?? string.Empty));

    /// <summary>Goes to <paramref name="path"/>.</summary>
    public static FtpReply Change(FtpSession session, string path)
    {
        if (FtpPath.Find(session.Directory, path) is not { IsDirectory: true } directory)
            return new FtpReply(550, "There is no such directory.");
        session.Directory = directory;
        return new FtpReply(250, $"In {directory}");
    }
}

using ProvisioningStation.Board.FirmwareInstall;

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>What the board does about an image (RFC 959, 4.1.3), also in the middle of a transfer; with a path, a list over the control connection.</summary>
internal static class Stat
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("STAT", Answer);

    /// <summary>The lines <c>State: …</c> and, where there is something to say, <c>Detail: …</c>.</summary>
    public static FtpReply Describe(FirmwareInbox inbox)
    {
        var status = inbox.Status;
        return new FtpReply(211, "End", status.Detail is { } detail ? [$"State: {status.State}", $"Detail: {detail}"] : [$"State: {status.State}"]) { Title = "Firmware update" };
    }

    private static FtpReply Answer(FtpSession session, string? path)
    {
        if (path is null)
            return Describe(session.Inbox);
        return FtpListing.FindAll(session, path) is { } entries
            ? new FtpReply(213, "End", [.. entries.Select(entry => entry.ToLine())]) { Title = "Status" }
            : new FtpReply(550, "There is no such thing.");
    }
}

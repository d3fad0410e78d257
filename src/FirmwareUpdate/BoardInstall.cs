using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>What a board says of the image that it has: the lines <c>State:</c> and <c>Detail:</c> of its answer to STAT.</summary>
/// <param name="State">Idle, Receiving, Waiting, Installing or Failed; null where it says nothing of the kind.</param>
/// <param name="Detail">Why it waits or failed.</param>
internal sealed record BoardInstall(string? State, string? Detail)
{
    /// <summary>Whether it still has to restart with what it was sent (U-7).</summary>
    public bool IsUnderWay => State is "Waiting" or "Installing";

    /// <summary>Whether it gave up, or fell back (U-21).</summary>
    public bool HasFailed => State is "Failed";

    /// <summary>Asks <paramref name="ftp"/>. A server that has no STAT says nothing.</summary>
    public static async Task<BoardInstall> AskAsync(FtpClient ftp, CancellationToken cancellationToken)
    {
        try
        {
            var lines = await ftp.StatusAsync(cancellationToken);
            return new BoardInstall(Find(lines, "State:"), Find(lines, "Detail:"));
        }
        catch (FtpException refused) when (refused.Reply is { Code: >= 500 })
        {
            return new BoardInstall(null, null);
        }
    }

    /// <summary>For people: "waiting: printing job 3 of 5".</summary>
    public override string ToString() => (State, Detail) switch
    {
        (null, _) => "installing",
        (var state, null) => state.ToLowerInvariant(),
        var (state, detail) => $"{state.ToLowerInvariant()}: {detail}",
    };

    private static string? Find(IReadOnlyList<string> lines, string label) =>
        lines.Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith(label, StringComparison.OrdinalIgnoreCase))?[label.Length..].Trim() is { Length: > 0 } said ? Printable.Shorten(said, 300) : null;
}

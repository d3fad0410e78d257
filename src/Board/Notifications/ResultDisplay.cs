using System.Text;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Notifications;

/// <summary>
/// How the last update ended, for whoever stands at the control panel (U-11). Simulated: one line in the file <c>simulate/update-result</c>, <c>succeeded VERSION</c> or <c>failed VERSION</c>; without a version
/// where nobody knows what runs, and no file from the key's being pressed until there is a result.
/// </summary>
internal sealed partial class ResultDisplay(MemoryMap map, ILogger<ResultDisplay> logger)
{
    private const int LongestVersion = 32;

    /// <summary>Shows it. A display that does not work is no reason to refuse the message.</summary>
    public void Show(bool succeeded, string version)
    {
        var line = $"{(succeeded ? "succeeded" : "failed")} {Printable.Shorten(version, LongestVersion)}".TrimEnd();
        LogResult(logger, line);
        try
        {
            DurableFile.Write(map.UpdateResult, Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            LogNotShown(logger, cause.Message);
        }
    }

    /// <summary>Shows nothing.</summary>
    public void Clear() => File.Delete(map.UpdateResult);

    [LoggerMessage(444, LogLevel.Information, "The update has ended: {Result}")]
    private static partial void LogResult(ILogger logger, string result);

    [LoggerMessage(445, LogLevel.Warning, "The result of the update can't be shown: {Reason}")]
    private static partial void LogNotShown(ILogger logger, string reason);
}

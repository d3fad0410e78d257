using System.Globalization;
using System.Text.RegularExpressions;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>
/// The messages between board, gateway and center in the order in which they came, read from the logs of those to whom they came. The programs log each with its time to the microsecond, by one machine's clock,
/// before they act on it: a message that another one causes always stands behind it.
/// </summary>
public sealed partial class MessageLog(UpdateSite site, CenterStandIn center)
{
    private const string Marker = "operator → board GetDeviceInformation";

    private readonly string _since = Text(DateTimeOffset.UtcNow);

    /// <summary>Whether the board knows by now that the gateway has heard <paramref name="message"/>.</summary>
    public bool HasHeard(string message) => Lines("board").Any(line => line.Text.EndsWith($"The gateway has heard {message}", StringComparison.Ordinal));

    /// <summary>
    /// All of them since this was made, up to the operator's question to the board, which has to be the last. A message over TLS that comes again with nothing between is the same one, told again because its answer did
    /// not come in time; it is read once. Nothing else is left out.
    /// </summary>
    public IReadOnlyList<string> Read()
    {
        var messages = Lines("board").Concat(Lines("gateway")).Select(line => (line.At, Message: Describe(line.Text))).Where(line => line.Message.Length > 0)
            .Concat(center.Told.Select(told => (At: Text(told.At), Message: "gateway → center SubmitResponse")))
            .Where(line => string.CompareOrdinal(line.At, _since) >= 0)
            .OrderBy(line => line.At, StringComparer.Ordinal) // a stable order: lines of one log stay as they are
            .Select(line => line.Message)
            .ToList();
        return [.. messages.Where((message, i) => i == 0 || messages[i - 1] != message || message.Contains(" FTP ", StringComparison.Ordinal))];
    }

    /// <summary>Waits until every message that has come to the board stands in its log: the operator's question is behind them.</summary>
    public async Task<IReadOnlyList<string>> ReadWholeAsync()
    {
        await site.GetVersionAsync();
        await Fixtures.Wait.UntilAsync("the board's log", () => Task.FromResult(Lines("board").Any(line => Describe(line.Text) == Marker)));
        await site.StopGatewayAsync(); // and its log is whole
        var messages = Read();
        return messages[^1] == Marker ? [.. messages.SkipLast(1)] : messages;
    }

    private IEnumerable<(string At, string Text)> Lines(string program) => site.ReadLog(program).Split('\n')
        .Select(line => (At: line.Split(' ')[0], Text: line))
        .Where(line => string.CompareOrdinal(line.At, _since) >= 0);

    private static string Describe(string line)
    {
        if (Call().Match(line) is { Success: true } call)
        {
            return (call.Groups["caller"].Value, call.Groups["operation"].Value) switch
            {
                ("Gateway G1", var operation) => $"gateway → board {operation}",
                ($"Device {UpdateSite.Number}", var operation) => $"board → gateway {operation}",
                ("Operator operator", var operation) => $"operator → board {operation}",
                var (stranger, operation) => $"{stranger} → {operation}",
            };
        }

        return Command().Match(line) is { Success: true } command ? $"gateway → board FTP {command.Groups["command"].Value}" : string.Empty;
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\S+Z dbug: \S+\.SoapEndpoint\[131\] (?<caller>.+) calls (?<operation>\w+)\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Call();

    [GeneratedRegex(@"^\S+Z dbug: \S+\.FtpServer\[432\] FTP (?<command>.+?)\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Command();
}

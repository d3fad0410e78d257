namespace ProvisioningStation.LineStation.Scanning.Feedback;

/// <summary>What is sent to this line's scanner: own bytes, else those of its make.</summary>
internal sealed class FeedbackCommands(ScannerOptions scanner, FeedbackOptions options)
{
    private readonly byte[]?[] _commands =
    [
        .. Enum.GetValues<FeedbackMoment>().Select(moment => (Own(options, moment) ?? MakeCommands.Find(scanner.Make, moment)) is { } text ? EscapedBytes.Parse(text) : null),
    ];

    /// <summary>The command; null where there is none, empty where none is wanted.</summary>
    public byte[]? Find(FeedbackMoment moment) => _commands[(int)moment];

    private static string? Own(FeedbackOptions options, FeedbackMoment moment) => moment switch
    {
        FeedbackMoment.Scanned => options.Scanned,
        FeedbackMoment.Pass => options.Pass,
        FeedbackMoment.Fail => options.Fail,
        _ => options.Blocked,
    };
}

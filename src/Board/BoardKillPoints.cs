namespace ProvisioningStation.Board;

/// <summary>Where the power can be cut: before and after every write to flash or NVRAM and every rename.</summary>
public static class BoardKillPoints
{
    public const string BeforeReceipt = "board.before-receipt";
    public const string BeforeIntent = "board.before-intent";
    public const string AfterIntent = "board.after-intent";
    public const string BeforeResult = "board.before-result";
    public const string AfterResult = "board.after-result";
    public const string BeforeAcknowledge = "board.before-acknowledge";
    public const string AfterAcknowledge = "board.after-acknowledge";
    public const string BeforeMachineNumber = "board.before-machine-number";
    public const string AfterMachineNumber = "board.after-machine-number";
    public const string AfterCounters = "board.after-counters";
    public const string AfterInitialValues = "board.after-initial-values";
    public const string BeforeRequestCleared = "board.before-request-cleared";
    public const string BetweenRequestCleared = "board.between-request-cleared";
    public const string AfterRequestCleared = "board.after-request-cleared";

    /// <summary>Every place on the path of one unit, common certificate included.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Of("common-flash").All,
        .. Of("common-nvram").All,
        .. Of("certificate").All,
        BeforeReceipt, BeforeIntent, AfterIntent, BeforeResult, AfterResult, BeforeAcknowledge, AfterAcknowledge,
        BeforeMachineNumber, AfterMachineNumber, AfterCounters, AfterInitialValues,
    ];

    /// <summary>The places where a board that makes its own key (P-28) can die besides.</summary>
    public static IReadOnlyList<string> OfOwnKey { get; } = [.. Of("certificate-request").All, BeforeRequestCleared, BetweenRequestCleared, AfterRequestCleared];

    /// <summary>The places in the replacement of one directory.</summary>
    internal static Replacement Of(string area) => new(area);

    /// <summary>The places in the replacement of one directory: <c>certificate</c>, <c>common-flash</c> or <c>common-nvram</c>.</summary>
    internal sealed class Replacement(string area)
    {
        /// <summary>The area's name.</summary>
        public string Area => area;

        public string BeforeWrite { get; } = $"board.{area}.before-write";

        public string HalfWritten { get; } = $"board.{area}.half-written";

        public string AfterWrite { get; } = $"board.{area}.after-write";

        public string BeforeSwap { get; } = $"board.{area}.before-swap";

        public string BetweenRenames { get; } = $"board.{area}.between-renames";

        public string AfterSwap { get; } = $"board.{area}.after-swap";

        public string AfterCleaning { get; } = $"board.{area}.after-cleaning";

        public IReadOnlyList<string> All => [BeforeWrite, HalfWritten, AfterWrite, BeforeSwap, BetweenRenames, AfterSwap, AfterCleaning];
    }
}

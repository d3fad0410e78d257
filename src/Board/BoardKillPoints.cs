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

    public const string BeforePasswordArmed = "board.before-password-armed";
    public const string AfterPasswordArmed = "board.after-password-armed";
    public const string BeforePasswordUsed = "board.before-password-used";
    public const string AfterPasswordUsed = "board.after-password-used";
    public const string BeforePasswordLocked = "board.before-password-locked";
    public const string AfterPasswordLocked = "board.after-password-locked";
    public const string BeforePasswordErased = "board.before-password-erased";
    public const string AfterPasswordErased = "board.after-password-erased";

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

    public const string BeforeSlotNoted = "board.firmware.before-slot-noted";
    public const string BeforeSlotCleared = "board.firmware.before-slot-cleared";
    public const string AfterSlotCleared = "board.firmware.after-slot-cleared";
    public const string AfterHeaderKept = "board.firmware.after-header-kept";
    public const string AfterUpload = "board.firmware.after-upload";
    public const string BeforeInstall = "board.firmware.before-install";
    public const string BeforeImageNamed = "board.firmware.before-image-named";
    public const string BeforeTrialOrdered = "board.firmware.before-trial-ordered";
    public const string AfterTrialOrdered = "board.firmware.after-trial-ordered";
    public const string BeforeBootCounted = "board.boot.before-counted";
    public const string AfterBootCounted = "board.boot.after-counted";
    public const string BeforeSelfTest = "board.boot.before-self-test";
    public const string BeforeCommit = "board.boot.before-commit";
    public const string AfterCommit = "board.boot.after-commit";
    public const string BeforeFallBack = "board.boot.before-fall-back";
    public const string AfterFallBack = "board.boot.after-fall-back";
    public const string BeforeApplicationNoted = "board.application.before-noted";
    public const string BeforeApplicationNamed = "board.application.before-named";
    public const string AfterApplicationNamed = "board.application.after-named";

    /// <summary>Every place on the path of one new firmware, from its first byte to its commit.</summary>
    public static IReadOnlyList<string> OfFirmware { get; } =
    [
        BeforeSlotNoted, BeforeSlotCleared, AfterSlotCleared, AfterHeaderKept, AfterUpload, BeforeInstall, BeforeImageNamed, BeforeTrialOrdered, AfterTrialOrdered,
        BeforeBootCounted, AfterBootCounted, BeforeSelfTest, BeforeCommit, AfterCommit,
    ];

    /// <summary>The places where a board falls back from a new firmware.</summary>
    public static IReadOnlyList<string> OfFallBack { get; } = [BeforeFallBack, AfterFallBack];

    /// <summary>The places where an application is put in place.</summary>
    public static IReadOnlyList<string> OfApplication { get; } = [BeforeApplicationNoted, BeforeApplicationNamed, AfterApplicationNamed];

    /// <summary>The places on the path of a one-time password, from its storing to its erasing (U-3, U-10).</summary>
    public static IReadOnlyList<string> OfUpdatePassword { get; } =
        [BeforePasswordArmed, AfterPasswordArmed, BeforePasswordUsed, AfterPasswordUsed, BeforePasswordLocked, AfterPasswordLocked, BeforePasswordErased, AfterPasswordErased];

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

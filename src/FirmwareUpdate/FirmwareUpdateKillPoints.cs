namespace ProvisioningStation.FirmwareUpdate;

/// <summary>Where a system test can kill the updating side: before and after every store and send on the way of one update.</summary>
public static class FirmwareUpdateKillPoints
{
    /// <summary>A one-time password is made and not stored.</summary>
    public const string BeforePasswordStored = "update.before-password-stored";

    /// <summary>It is stored and not sent.</summary>
    public const string AfterPasswordStored = "update.after-password-stored";

    /// <summary>The board has it; it is not noted that it has.</summary>
    public const string AfterPasswordSent = "update.after-password-sent";

    /// <summary>The board was asked to make a password (U-13), and has not sent it.</summary>
    public const string AfterBoardAsked = "update.after-board-asked";

    /// <summary>It is noted that the board has it.</summary>
    public const string AfterPasswordShared = "update.after-password-shared";

    /// <summary>The version has come and is not noted.</summary>
    public const string BeforeVersionNoted = "update.before-version-noted";

    /// <summary>The version is noted, nothing is decided.</summary>
    public const string AfterVersionNoted = "update.after-version-noted";

    /// <summary>It is noted that the image will be sent, and nothing of it is.</summary>
    public const string AfterSendingNoted = "update.after-sending-noted";

    /// <summary>Some of the image is sent.</summary>
    public const string DuringSending = "update.during-sending";

    /// <summary>The board has the whole image; it is not noted that it has.</summary>
    public const string BeforeSentNoted = "update.before-sent-noted";

    /// <summary>It is noted that the board has the whole image.</summary>
    public const string AfterSentNoted = "update.after-sent-noted";

    /// <summary>The board has started again; it is not noted that it has.</summary>
    public const string BeforeRestartNoted = "update.before-restart-noted";

    /// <summary>It is noted that the board has started again.</summary>
    public const string AfterRestartNoted = "update.after-restart-noted";

    /// <summary>The version was read back and is right; that is not noted.</summary>
    public const string BeforeVerifiedNoted = "update.before-verified-noted";

    /// <summary>The success is noted; the board still knows the password.</summary>
    public const string AfterVerifiedNoted = "update.after-verified-noted";

    /// <summary>The password that overwrites the other is stored and not sent.</summary>
    public const string AfterErasePasswordStored = "update.after-erase-password-stored";

    /// <summary>The board knows the password no more; that is not noted.</summary>
    public const string BeforeErasedNoted = "update.before-erased-noted";

    /// <summary>It is noted that the board knows the password no more.</summary>
    public const string AfterErasedNoted = "update.after-erased-noted";

    /// <summary>The center has the result (U-17); that is not noted.</summary>
    public const string AfterCenterTold = "update.after-center-told";

    /// <summary>The board has the result (U-11, U-16); that is not noted.</summary>
    public const string AfterBoardTold = "update.after-board-told";

    /// <summary>It is noted that everybody has the result whom it concerns; the end is not.</summary>
    public const string BeforeReportedNoted = "update.before-reported-noted";

    /// <summary>The end is noted.</summary>
    public const string AfterReportedNoted = "update.after-reported-noted";

    /// <summary>All on the path of an update in the main form that succeeds, in their order.</summary>
    public static IReadOnlyList<string> OnTheUpdate { get; } =
    [
        BeforePasswordStored, AfterPasswordStored, AfterPasswordSent, AfterPasswordShared, BeforeVersionNoted, AfterVersionNoted, AfterSendingNoted, DuringSending, BeforeSentNoted, AfterSentNoted,
        BeforeRestartNoted, AfterRestartNoted, BeforeVerifiedNoted, AfterVerifiedNoted, AfterErasePasswordStored, BeforeErasedNoted, AfterErasedNoted, BeforeReportedNoted, AfterReportedNoted,
    ];
}

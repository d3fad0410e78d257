namespace ProvisioningStation.LineStation.Scanning.Feedback;

/// <summary>Whose scanner it is.</summary>
public enum ScannerMake
{
    /// <summary>One without commands, or with own ones in section <c>Feedback</c>.</summary>
    None,

    /// <summary>Honeywell Xenon, Granit and their kin, with Host ACK switched on.</summary>
    Honeywell,

    /// <summary>Zebra, Symbol and Motorola on RS-232, with "Beep on BEL" switched on.</summary>
    Zebra,

    /// <summary>Datalogic Gryphon, QuickScan and PowerScan.</summary>
    Datalogic,

    /// <summary>Keyence SR and BL.</summary>
    Keyence,
}

/// <summary>The moments in which the worker is told something.</summary>
internal enum FeedbackMoment
{
    Scanned,
    Pass,
    Fail,
    Blocked,
}

/// <summary>The commands of each make, in the form of <see cref="EscapedBytes"/>, as its manuals tell them; what no manual confirmed is not here.</summary>
internal static class MakeCommands
{
    /// <summary>The command of a make; null where it has none, so that the operating system has to sound.</summary>
    public static string? Find(ScannerMake make, FeedbackMoment moment) => (make, moment) switch
    {
        // Xenon/Granit User Guide, "Host ACK Responses": ESC 1 green LED for 135 ms, ESC 4 low, ESC 5 medium, ESC 6 high beep, each ended by a comma.
        // With Host ACK the scanner waits for one of them after each code (10 s), so each code is answered.
        (ScannerMake.Honeywell, FeedbackMoment.Scanned) => @"\e1,",
        (ScannerMake.Honeywell, FeedbackMoment.Pass) => @"\e6,",
        (ScannerMake.Honeywell, FeedbackMoment.Fail) => @"\e4,\e4,\e4,",
        (ScannerMake.Honeywell, FeedbackMoment.Blocked) => @"\e5,\e5,",

        // Symbol DS9808 Product Reference Guide, table 2-1: a high beep for a BEL character over RS-232. It has no other tone there.
        (ScannerMake.Zebra, FeedbackMoment.Pass) => @"\x07",

        // Gryphon I GD/GBT/GM4200 Product Reference Guide, "LED and Beeper Control", in messages DC2 … CR: ESC [ 0 q short high, 1 q short low, 2 q long low tone; 6 q and 7 q green LED on and off,
        // 5 q waits 100 ms. There is no middle tone; two long ones can be told from three short ones.
        (ScannerMake.Datalogic, FeedbackMoment.Scanned) => @"\x12\e[6q\e[5q\e[7q\r",
        (ScannerMake.Datalogic, FeedbackMoment.Pass) => @"\x12\e[0q\r",
        (ScannerMake.Datalogic, FeedbackMoment.Fail) => @"\x12\e[1q\e[1q\e[1q\r",
        (ScannerMake.Datalogic, FeedbackMoment.Blocked) => @"\x12\e[2q\e[2q\r",
        _ => null,
    };
}

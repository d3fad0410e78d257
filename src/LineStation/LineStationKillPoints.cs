using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation;

/// <summary>What a station sends for one unit, whichever steps its line has.</summary>
public enum StationCall
{
    FetchCommon,
    WriteCommon,
    AcknowledgeCommon,
    Identify,
    Fetch,
    Write,
    ReportReceipt,
    GetResult,
    ReportResult,
    Acknowledge,
    Initialize,
    Prove,
    ReportProof,
    CreateRequest,
    SubmitRequest,
    GetCheckSheet,
    ForbidPassword,
}

/// <summary>Where a station can be killed: before and after every row of its journal and every call.</summary>
public static class LineStationKillPoints
{
    private static readonly StationStep[] BesideTheUnit =
        [StationStep.UpdateFirmware, StationStep.Acknowledged, StationStep.SignedIn, StationStep.SignedOut, StationStep.Delivered, StationStep.PrintCheckSheet];

    private static readonly StationCall[] BesideThePack = [StationCall.CreateRequest, StationCall.SubmitRequest, StationCall.GetCheckSheet, StationCall.ForbidPassword];

    private static readonly string[] BeforeJournals = Names(Enum.GetNames<StationStep>(), "before-journal");
    private static readonly string[] AfterJournals = Names(Enum.GetNames<StationStep>(), "after-journal");
    private static readonly string[] BeforeCalls = Names(Enum.GetNames<StationCall>(), "before-call");
    private static readonly string[] AfterCalls = Names(Enum.GetNames<StationCall>(), "after-call");

    /// <summary>Before the common certificate is stored.</summary>
    public const string BeforeStoreCommon = "station.common.before-store";

    /// <summary>After the common certificate is stored.</summary>
    public const string AfterStoreCommon = "station.common.after-store";

    /// <summary>When the check sheet lies in the data directory and the printer does not have it.</summary>
    public const string BeforePrint = "station.check-sheet.before-print";

    /// <summary>When the printer has the check sheet and that is not stored.</summary>
    public const string AfterPrint = "station.check-sheet.after-print";

    /// <summary>Every place on the path of one unit on a blank board whose pack comes with a key.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Enum.GetValues<StationStep>().Except(BesideTheUnit).SelectMany(step => new[] { BeforeJournal(step), AfterJournal(step) }),
        .. Enum.GetValues<StationCall>().Except(BesideThePack).SelectMany(call => new[] { BeforeCall(call), AfterCall(call) }),
        BeforeStoreCommon, AfterStoreCommon,
    ];

    /// <summary>The places that are added where the board makes its own key (P-28).</summary>
    public static IReadOnlyList<string> OnTheRequest { get; } =
        [BeforeCall(StationCall.CreateRequest), AfterCall(StationCall.CreateRequest), BeforeCall(StationCall.SubmitRequest), AfterCall(StationCall.SubmitRequest)];

    /// <summary>The places that are added where a verdict is acknowledged.</summary>
    public static IReadOnlyList<string> OnTheAcknowledgement { get; } = [BeforeJournal(StationStep.Acknowledged), AfterJournal(StationStep.Acknowledged)];

    /// <summary>The places that are added where a report of an earlier visit has arrived.</summary>
    public static IReadOnlyList<string> OnTheDelivery { get; } = [BeforeJournal(StationStep.Delivered), AfterJournal(StationStep.Delivered)];

    /// <summary>The places that are added where the line updates the board's firmware, beside those of the update itself (<c>FirmwareUpdateKillPoints</c>).</summary>
    public static IReadOnlyList<string> OnTheFirmwareUpdate { get; } =
        [BeforeJournal(StationStep.UpdateFirmware), AfterJournal(StationStep.UpdateFirmware), BeforeCall(StationCall.ForbidPassword), AfterCall(StationCall.ForbidPassword)];

    /// <summary>The places that are added where the line prints check sheets, behind the row that orders one (<see cref="StationStep.Done"/>).</summary>
    public static IReadOnlyList<string> OnTheCheckSheet { get; } =
    [
        BeforeCall(StationCall.GetCheckSheet), AfterCall(StationCall.GetCheckSheet), BeforePrint, AfterPrint,
        BeforeJournal(StationStep.PrintCheckSheet), AfterJournal(StationStep.PrintCheckSheet),
    ];

    /// <summary>Before the row of <paramref name="step"/> is stored.</summary>
    public static string BeforeJournal(StationStep step) => BeforeJournals[(int)step];

    /// <summary>After the row of <paramref name="step"/> is stored and before it is done.</summary>
    public static string AfterJournal(StationStep step) => AfterJournals[(int)step];

    /// <summary>Before <paramref name="call"/> is sent.</summary>
    public static string BeforeCall(StationCall call) => BeforeCalls[(int)call];

    /// <summary>After <paramref name="call"/> was answered.</summary>
    public static string AfterCall(StationCall call) => AfterCalls[(int)call];

    private static string[] Names(string[] things, string moment) => [.. things.Select(thing => $"station.{Kebab(thing)}.{moment}")];

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}

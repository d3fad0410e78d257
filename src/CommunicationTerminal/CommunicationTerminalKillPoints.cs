namespace ProvisioningStation.CommunicationTerminal;

/// <summary>Where a system test can kill the terminal: before and after every store and send on the way of one batch and of one unit.</summary>
public static class CommunicationTerminalKillPoints
{
    /// <summary>The plan has come and is not stored.</summary>
    public const string BeforePlanStored = "terminal.before-plan-stored";

    /// <summary>The plan is stored.</summary>
    public const string AfterPlanStored = "terminal.after-plan-stored";

    /// <summary>What a plan's file holds is stored, and the file still stands in the folder.</summary>
    public const string BeforePlanFileMoved = "terminal.before-plan-file-moved";

    /// <summary>The file is moved away.</summary>
    public const string AfterPlanFileMoved = "terminal.after-plan-file-moved";

    /// <summary>The manager's decision on a correction of the plan is not stored.</summary>
    public const string BeforePlanDecided = "terminal.before-plan-decided";

    /// <summary>The decision is stored, the batch does not know.</summary>
    public const string AfterPlanDecided = "terminal.after-plan-decided";

    /// <summary>The day's serials are about to be stored.</summary>
    public const string BeforeAllocation = "terminal.before-allocation";

    /// <summary>Serials, units and requests are stored, nothing is sent.</summary>
    public const string AfterAllocation = "terminal.after-allocation";

    /// <summary>A confirmed correction of the plan is about to be applied.</summary>
    public const string BeforeCorrection = "terminal.before-correction";

    /// <summary>The correction is applied to units, requests and returns.</summary>
    public const string AfterCorrection = "terminal.after-correction";

    /// <summary>Left-over packs are about to leave the stock.</summary>
    public const string BeforeLeftOverReturned = "terminal.before-left-over-returned";

    /// <summary>Left-over packs are out of the stock, the CA does not know.</summary>
    public const string AfterLeftOverReturned = "terminal.after-left-over-returned";

    /// <summary>The CA is about to be told which certificates to revoke; the request's id is stored.</summary>
    public const string BeforeReturnSent = "terminal.before-return-sent";

    /// <summary>The CA has revoked them; we have not noted that it has.</summary>
    public const string AfterReturnSent = "terminal.after-return-sent";

    /// <summary>A batch request is about to be sent.</summary>
    public const string BeforeIssueSent = "terminal.before-issue-sent";

    /// <summary>It is noted that a batch request goes out, and it has not.</summary>
    public const string AfterIssueNoted = "terminal.after-issue-noted";

    /// <summary>The first packs of a batch request have come and are not stored.</summary>
    public const string BeforePacksStored = "terminal.before-packs-stored";

    /// <summary>Some packs of a batch request are stored.</summary>
    public const string AfterPacksStored = "terminal.after-packs-stored";

    /// <summary>All packs of a request are stored; the CA does not know.</summary>
    public const string BeforeAcknowledgement = "terminal.before-acknowledgement";

    /// <summary>The CA knows; we have not noted that it does.</summary>
    public const string AfterAcknowledgement = "terminal.after-acknowledgement";

    /// <summary>The common certificate has come and is not stored.</summary>
    public const string BeforeCommonStored = "terminal.before-common-stored";

    /// <summary>The common certificate is stored.</summary>
    public const string AfterCommonStored = "terminal.after-common-stored";

    /// <summary>A station asks for a pack; its line is not noted.</summary>
    public const string BeforeHandOver = "terminal.before-hand-over";

    /// <summary>The line is noted, the pack is not sent.</summary>
    public const string AfterHandOver = "terminal.after-hand-over";

    /// <summary>A receipt has come and is not stored.</summary>
    public const string BeforeReceiptStored = "terminal.before-receipt-stored";

    /// <summary>The receipt is stored and not confirmed.</summary>
    public const string AfterReceiptStored = "terminal.after-receipt-stored";

    /// <summary>A result has come and the flag is not set.</summary>
    public const string BeforeResultStored = "terminal.before-result-stored";

    /// <summary>The result is stored and not confirmed.</summary>
    public const string AfterResultStored = "terminal.after-result-stored";

    /// <summary>A single request (direct mode or re-issue) is stored and not sent.</summary>
    public const string BeforeSingleSent = "terminal.before-single-sent";

    /// <summary>A single pack has come and is not stored.</summary>
    public const string BeforeSingleStored = "terminal.before-single-stored";

    /// <summary>A single pack is stored.</summary>
    public const string AfterSingleStored = "terminal.after-single-stored";

    /// <summary>A proof has come and is not stored.</summary>
    public const string BeforeProofStored = "terminal.before-proof-stored";

    /// <summary>The proof is stored and not confirmed.</summary>
    public const string AfterProofStored = "terminal.after-proof-stored";

    /// <summary>Somebody's attempt to sign in is counted, the password is not looked at.</summary>
    public const string AfterSignInCounted = "terminal.after-sign-in-counted";

    /// <summary>Some keys that nobody needs any more are about to be overwritten.</summary>
    public const string BeforeKeysSwept = "terminal.before-keys-swept";

    /// <summary>Some of them are.</summary>
    public const string AfterKeysSwept = "terminal.after-keys-swept";

    /// <summary>Packs that were revoked at the CA are about to leave the stock.</summary>
    public const string BeforeRevokedTaken = "terminal.before-revoked-taken";

    /// <summary>They have left it; the CRL is not noted as seen.</summary>
    public const string AfterRevokedTaken = "terminal.after-revoked-taken";

    /// <summary>The report of a day is signed and not stored.</summary>
    public const string BeforeReportStored = "terminal.before-report-stored";

    /// <summary>The report of a day is stored.</summary>
    public const string AfterReportStored = "terminal.after-report-stored";

    /// <summary>A purge is ordered; the next some hundred packs are about to be deleted.</summary>
    public const string BeforePurgeSlice = "terminal.before-purge-slice";

    /// <summary>Some packs of a purge are deleted.</summary>
    public const string AfterPurgeSlice = "terminal.after-purge-slice";

    /// <summary>Those on the path of a purge.</summary>
    public static IReadOnlyList<string> OnThePurge { get; } = [BeforePurgeSlice, AfterPurgeSlice];

    /// <summary>Those on the path of a day's batch.</summary>
    public static IReadOnlyList<string> OnTheBatch { get; } =
    [
        BeforePlanStored, AfterPlanStored, BeforeAllocation, AfterAllocation, BeforeIssueSent, AfterIssueNoted, BeforePacksStored, AfterPacksStored,
        BeforeAcknowledgement, AfterAcknowledgement, BeforeCommonStored, AfterCommonStored,
    ];

    /// <summary>Those on the path of a correction that comes as a file and is confirmed.</summary>
    public static IReadOnlyList<string> OnTheCorrection { get; } = [BeforePlanStored, AfterPlanStored, BeforePlanFileMoved, AfterPlanFileMoved, BeforePlanDecided, AfterPlanDecided];

    /// <summary>Those on the path of a correction that takes units back, until the CA knows.</summary>
    public static IReadOnlyList<string> OnTheSurplus { get; } = [BeforeCorrection, AfterCorrection, BeforeReturnSent, AfterReturnSent];

    /// <summary>Those on the path of left-over packs, until the CA knows.</summary>
    public static IReadOnlyList<string> OnTheLeftOvers { get; } = [BeforeLeftOverReturned, AfterLeftOverReturned, BeforeReturnSent, AfterReturnSent];

    /// <summary>Those on the path of a unit whose first write fails.</summary>
    public static IReadOnlyList<string> OnTheUnit { get; } =
    [
        BeforeHandOver, AfterHandOver, BeforeReceiptStored, AfterReceiptStored, BeforeResultStored, AfterResultStored, BeforeSingleSent,
        BeforeSingleStored, AfterSingleStored, BeforeAcknowledgement, AfterAcknowledgement, BeforeProofStored, AfterProofStored,
    ];
}

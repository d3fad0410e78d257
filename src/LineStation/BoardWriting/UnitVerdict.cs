using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>How a unit's visit ended, in words for the worker: what happened and what to do.</summary>
internal sealed record UnitVerdict(Verdict Verdict, ErrorCode? Code, string Message, Fingerprint? CertificateFingerprint = null)
{
    private const string PutAside = "Put the unit aside and call the leader.";

    /// <summary>Written and proved.</summary>
    public static UnitVerdict Passed(MachineNumber number, Fingerprint fingerprint) => new(Verdict.Pass, null, $"{number} is written and proved.", fingerprint);

    /// <summary>A board line gave a blank board the common certificate, which is all it does.</summary>
    public static UnitVerdict Common { get; } = new(Verdict.Pass, null, "The common certificate is written.");

    /// <summary>The board failed (<see cref="Verdict.Fail"/>), or the process forbids it (<see cref="Verdict.Blocked"/>).</summary>
    public static UnitVerdict Refused(ProvisioningException cause) => new(
        cause.Code is ErrorCode.WriteFailed or ErrorCode.ProofFailed or ErrorCode.UpdateFailed ? Verdict.Fail : Verdict.Blocked,
        cause.Code,
        $"{cause.Message.TrimEnd().TrimEnd('.')}. {WhatToDo(cause.Code)}");

    private static string WhatToDo(ErrorCode code) => code switch
    {
        ErrorCode.UnreadableScan => "Scan again.",
        ErrorCode.InvalidMachineNumber => "Scan the rating plate or the check sheet of the unit.",
        ErrorCode.BoardUnavailable => "Check that the board has power and that the cable is in, then scan again.",
        ErrorCode.BoardBusy => "Wait a moment, then scan again.",
        ErrorCode.SignInRequired => "Scan your badge, then scan the unit again.",
        ErrorCode.TerminalUnavailable => "Keep the unit aside and scan it again when the communication terminal is back. Call the leader.",
        ErrorCode.Interrupted => "Scan it again: it goes on where it was.",
        ErrorCode.CaUnavailable => "Call the leader; when the CA can be reached again, scan again.",
        ErrorCode.WrongBoard => "Connect the board that belongs to the scanned plate, then scan again.",
        ErrorCode.NoCommonCertificate => "Send the board back to the board line.",
        ErrorCode.WriteFailed or ErrorCode.ProofFailed or ErrorCode.UpdateFailed => "Put the board aside and call the leader.",
        ErrorCode.ImageNotAllowed or ErrorCode.InvalidImage => "Call the leader: the line's firmware image is not for this board.",
        _ => PutAside,
    };
}

using System.Globalization;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory.Display;

/// <summary>The words for steps and verdicts; a verdict is told by sign and word, never by colour alone.</summary>
public static class Wording
{
    /// <summary>A step as a person would say it.</summary>
    public static string Of(StationStep step) => step switch
    {
        StationStep.Scanned => "scanned",
        StationStep.CommonCertificate => "common certificate",
        StationStep.Identify => "asking the board",
        StationStep.UpdateFirmware => "updating firmware",
        StationStep.Fetch => "fetching certificate",
        StationStep.Write => "sending to board",
        StationStep.Verify => "board writes and verifies",
        StationStep.Report => "reporting result",
        StationStep.Initialize => "initialising board",
        StationStep.Prove => "proving by handshake",
        StationStep.Acknowledged => "acknowledged",
        StationStep.SignedIn => "worker signed in",
        StationStep.SignedOut => "worker signed out",
        StationStep.Delivered => "report delivered",
        StationStep.PrintCheckSheet => "check sheet",
        _ => "done",
    };

    /// <summary>A verdict as a person would say it.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "✓ OK",
        Verdict.Fail => "✕ NG",
        _ => "! BLOCKED",
    };

    /// <summary>Seconds with two digits.</summary>
    public static string Seconds(double seconds) => seconds.ToString("F2", CultureInfo.InvariantCulture);
}

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>Never, as PORT.</summary>
internal static class Eprt
{
    public static FtpVerb Verb { get; } = FtpVerb.Of("EPRT", static (_, _) => Port.Refusal);
}

namespace ProvisioningStation.Board.Ftp.Verbs;

/// <summary>What there is besides RFC 959 (RFC 2389).</summary>
internal static class Feat
{
    public static FtpVerb Verb { get; } = FtpVerb.Of(
        "FEAT",
        static (_, _) => new FtpReply(211, "End", ["EPSV", "MLST type*;size*;perm*;", "PASV", "REST STREAM", "SIZE", "TVFS"]) { Title = "Features" },
        needsLogin: false);
}

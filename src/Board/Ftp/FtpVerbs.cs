using System.Collections.Frozen;
using ProvisioningStation.Board.Ftp.Verbs;

namespace ProvisioningStation.Board.Ftp;

/// <summary>A command of the control connection.</summary>
/// <param name="Name">In capitals.</param>
/// <param name="AnswerAsync">Does it; null where it has answered already.</param>
/// <param name="NeedsLogin">Whether it is refused before the login.</param>
internal sealed record FtpVerb(string Name, Func<FtpSession, string?, Task<FtpReply?>> AnswerAsync, bool NeedsLogin = true)
{
    /// <summary>A command that is answered at once.</summary>
    public static FtpVerb Of(string name, Func<FtpSession, string?, FtpReply> answer, bool needsLogin = true) =>
        new(name, (session, argument) => Task.FromResult<FtpReply?>(answer(session, argument)), needsLogin);
}

/// <summary>Every command that this server knows; anything else is 502.</summary>
internal static class FtpVerbs
{
    private static readonly FrozenDictionary<string, FtpVerb> Known = new[]
    {
        User.Verb, Pass.Verb, Quit.Verb, Noop.Verb, Syst.Verb, Feat.Verb, Opts.Verb,
        Verbs.Type.Verb, Mode.Verb, Stru.Verb, Pwd.Verb, Cwd.Verb, Cdup.Verb,
        Epsv.Verb, Pasv.Verb, Port.Verb, Eprt.Verb,
        Size.Verb, Rest.Verb, Retr.Verb, Stor.Verb, Appe.Verb, Abor.Verb,
        Mlsd.Verb, Mlst.Verb, Nlst.Verb, List.Verb, Stat.Verb,
    }.ToFrozenDictionary(verb => verb.Name, StringComparer.Ordinal);

    /// <summary>The command called <paramref name="name"/>, null where there is none.</summary>
    public static FtpVerb? Find(string name) => Known.GetValueOrDefault(name);
}

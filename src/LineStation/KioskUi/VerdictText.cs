using System.Collections.Frozen;
using System.Globalization;
using System.Resources;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>What the kiosk says of every <see cref="ErrorCode"/>: a short code that never changes, what happened, and one thing to do, in both languages (<c>VerdictText.resx</c>, <c>VerdictText.ja.resx</c>).</summary>
internal static class VerdictText
{
    private static readonly ResourceManager Texts = new(typeof(VerdictText));

    private static readonly FrozenDictionary<ErrorCode, string> Codes = new Dictionary<ErrorCode, string>
    {
        [ErrorCode.Internal] = "E-INT", [ErrorCode.MalformedRequest] = "E-MSG", [ErrorCode.RequestTooLarge] = "E-BIG", [ErrorCode.NotAuthorized] = "E-AUT",
        [ErrorCode.InvalidMachineNumber] = "E-NUM", [ErrorCode.InvalidModelCode] = "E-MOD", [ErrorCode.UnknownModel] = "E-UMD", [ErrorCode.QuotaExceeded] = "E-QTA",
        [ErrorCode.AlreadyIssued] = "E-ISS", [ErrorCode.RequestIdReused] = "E-RID", [ErrorCode.UnknownRequest] = "E-URQ", [ErrorCode.AlreadyAcknowledged] = "E-ACK",
        [ErrorCode.InvalidCertificateRequest] = "E-CSR", [ErrorCode.CertificateRequestRequired] = "E-CRR", [ErrorCode.NotInStore] = "E-PLN", [ErrorCode.AlreadyWritten] = "E-DUP",
        [ErrorCode.NotManaged] = "E-NMG", [ErrorCode.Blocked] = "E-BLK", [ErrorCode.WrongLine] = "E-LIN", [ErrorCode.CaUnavailable] = "E-CA", [ErrorCode.WrongAttempt] = "E-ATT",
        [ErrorCode.TerminalUnavailable] = "E-TRM", [ErrorCode.BoardUnavailable] = "E-BRD", [ErrorCode.WrongBoard] = "E-WBD", [ErrorCode.ForeignBoard] = "E-FBD",
        [ErrorCode.NoCommonCertificate] = "E-NCC", [ErrorCode.CommonCertificateExists] = "E-CCX", [ErrorCode.BoardBusy] = "E-BSY", [ErrorCode.WriteFailed] = "E-WRT",
        [ErrorCode.ProofFailed] = "E-PRF", [ErrorCode.InvalidCertificatePack] = "E-PAK", [ErrorCode.UnreadableScan] = "E-FMT", [ErrorCode.InvalidPlan] = "E-IPL",
        [ErrorCode.PlanUnavailable] = "E-PMS", [ErrorCode.NotFound] = "E-NFD", [ErrorCode.Conflict] = "E-CNF", [ErrorCode.NotSupported] = "E-NSP", [ErrorCode.SigningStopped] = "E-SGN",
        [ErrorCode.StorageFull] = "E-DSK", [ErrorCode.KeysExpired] = "E-KEY", [ErrorCode.ProfileViolation] = "E-PRO", [ErrorCode.PreconditionFailed] = "E-PRE", [ErrorCode.Revoked] = "E-REV",
        [ErrorCode.Unreachable] = "E-UNR", [ErrorCode.PrinterUnavailable] = "E-PRN", [ErrorCode.SignInRequired] = "E-SIG", [ErrorCode.Interrupted] = "E-CUT",
        [ErrorCode.InvalidImage] = "E-IMG", [ErrorCode.ImageNotAllowed] = "E-INA", [ErrorCode.UpdateFailed] = "E-UPD", [ErrorCode.UpdateAborted] = "E-UPA", [ErrorCode.GatewayUnavailable] = "E-GTW",
    }.ToFrozenDictionary();

    /// <summary>Codes that have a text of their own; a worker can do nothing about the others but call the leader.</summary>
    public static bool HasOwnText(ErrorCode code) => Texts.GetString($"{code}.What", CultureInfo.GetCultureInfo("en")) is not null;

    /// <summary>The short code, such as <c>E-DUP</c>.</summary>
    public static string CodeOf(ErrorCode code) => Codes.GetValueOrDefault(code, "E-" + code);

    /// <summary>What happened.</summary>
    public static string What(ErrorCode code, string language) => Of(code, "What", language);

    /// <summary>The one thing to do.</summary>
    public static string Do(ErrorCode code, string language) => Of(code, "Do", language);

    /// <summary>What happened to a unit that is already written, with when and where; both times on the clock of this machine.</summary>
    public static string Written(DateTimeOffset at, string line, DateTimeOffset now, string language)
    {
        var when = at.ToString(at.Date == now.Date ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return string.Format(CultureInfo.InvariantCulture, Of(ErrorCode.AlreadyWritten, at.Date == now.Date ? "Today" : "Earlier", language), when, line);
    }

    private static string Of(ErrorCode code, string kind, string language)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        return Texts.GetString($"{code}.{kind}", culture) ?? Texts.GetString($"Other.{kind}", culture)!;
    }
}

namespace ProvisioningStation.CertificateAuthority;

/// <summary>Where the CA can be told to die: before and after everything that it stores, signs or sends on the path of one certificate.</summary>
public static class CertificateAuthorityKillPoints
{
    /// <summary>Keys and to-be-signed octets are made, nothing is stored.</summary>
    public const string BeforeReserve = "ca.before-reserve";

    /// <summary>First certificates are counted against their quotas, in a transaction that has not been committed.</summary>
    public const string AfterQuotaCount = "ca.after-quota-count";

    /// <summary>The request and its reserved certificates are stored.</summary>
    public const string AfterReserve = "ca.after-reserve";

    /// <summary>The slice is checked and about to be signed.</summary>
    public const string BeforeSign = "ca.before-sign";

    /// <summary>The slice is signed, its signatures are not stored.</summary>
    public const string AfterSign = "ca.after-sign";

    /// <summary>The slice's signatures are stored, nothing of it is sent.</summary>
    public const string AfterIssue = "ca.after-issue";

    /// <summary>The slice is sent, not acknowledged.</summary>
    public const string AfterSend = "ca.after-send";

    /// <summary>The acknowledgement has come and is not stored.</summary>
    public const string BeforeAcknowledge = "ca.before-acknowledge";

    /// <summary>The acknowledgement is stored and not answered.</summary>
    public const string AfterAcknowledge = "ca.after-acknowledge";

    /// <summary>A checkpoint is signed, nothing of it is stored.</summary>
    public const string BeforeCheckpoint = "ca.before-checkpoint";

    /// <summary>The checkpoint is in the ledger, not in the database.</summary>
    public const string CheckpointInLedger = "ca.checkpoint-in-ledger";

    /// <summary>The checkpoint is stored in both.</summary>
    public const string AfterCheckpoint = "ca.after-checkpoint";

    /// <summary>Those that a checkpoint of the audit trail comes by.</summary>
    public static IReadOnlyList<string> OnTheCheckpoint { get; } = [BeforeCheckpoint, CheckpointInLedger, AfterCheckpoint];

    /// <summary>The revocation is checked and nothing of it is stored.</summary>
    public const string BeforeRevoke = "ca.before-revoke";

    /// <summary>The revocation stands in the ledger; the database has not committed it.</summary>
    public const string WithinRevoke = "ca.within-revoke";

    /// <summary>The revocation is stored; neither answered nor published.</summary>
    public const string AfterRevoke = "ca.after-revoke";

    /// <summary>A terminal's return has come and nothing of it is stored.</summary>
    public const string BeforeReturn = "ca.before-return";

    /// <summary>The return stands in the ledger; the database has not committed it.</summary>
    public const string WithinReturn = "ca.within-return";

    /// <summary>The return is stored; neither answered nor published.</summary>
    public const string AfterReturn = "ca.after-return";

    /// <summary>Those that a return comes by until it is answered.</summary>
    public static IReadOnlyList<string> OnTheReturn { get; } = [BeforeReturn, WithinReturn, AfterReturn];

    /// <summary>A request is over its time and nothing of its end is stored.</summary>
    public const string BeforeKeyExpiry = "ca.before-key-expiry";

    /// <summary>The end of a request's certificates stands in the ledger; the database has not committed it.</summary>
    public const string WithinKeyExpiry = "ca.within-key-expiry";

    /// <summary>The end of a request is stored; not published.</summary>
    public const string AfterKeyExpiry = "ca.after-key-expiry";

    /// <summary>Those that the end of a request comes by whose keys nobody took.</summary>
    public static IReadOnlyList<string> OnTheKeyExpiry { get; } = [BeforeKeyExpiry, WithinKeyExpiry, AfterKeyExpiry];

    /// <summary>What a CRL will list has been read; it is not signed.</summary>
    public const string BeforeCrl = "ca.before-crl";

    /// <summary>The CRL is signed and not stored.</summary>
    public const string AfterCrlSigned = "ca.after-crl-signed";

    /// <summary>The CRL is stored and not served yet.</summary>
    public const string AfterCrl = "ca.after-crl";

    /// <summary>Those that one revocation comes by until it is answered.</summary>
    public static IReadOnlyList<string> OnTheRevocation { get; } = [BeforeRevoke, WithinRevoke, AfterRevoke];

    /// <summary>Those that every CRL comes by.</summary>
    public static IReadOnlyList<string> OnTheCrl { get; } = [BeforeCrl, AfterCrlSigned, AfterCrl];

    /// <summary>Those that one re-issued certificate comes by, in order.</summary>
    public static IReadOnlyList<string> OnTheUnit { get; } = [BeforeReserve, AfterReserve, BeforeSign, AfterSign, AfterIssue, BeforeAcknowledge, AfterAcknowledge];

    /// <summary>Those that a renewal by EST comes by until it is answered.</summary>
    public static IReadOnlyList<string> OnTheRenewal { get; } = [BeforeReserve, AfterReserve, BeforeSign, AfterSign, AfterIssue];

    /// <summary>Those that a batch comes by: the same, the counting of first certificates, and the place between two slices of a streamed answer.</summary>
    public static IReadOnlyList<string> OnTheBatch { get; } = [.. OnTheUnit, AfterQuotaCount, AfterSend];
}

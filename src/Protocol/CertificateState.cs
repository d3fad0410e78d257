namespace ProvisioningStation.Protocol;

/// <summary>
/// The life of one certificate: <c>Reserved → Issued → Fetched → Written → Proved</c>, with <c>Superseded</c>, <c>Revoked</c> and <c>Purged</c> aside.
/// The CA sees it up to Fetched (its caller has stored it), the terminal from Fetched on.
/// </summary>
public enum CertificateState
{
    /// <summary>Serial number and to-be-signed bytes are stored; not signed yet.</summary>
    Reserved,

    /// <summary>Signed and stored at the CA, which still holds the encrypted private key.</summary>
    Issued,

    /// <summary>Stored at the terminal; the CA holds no private key any more.</summary>
    Fetched,

    /// <summary>A board confirmed that it wrote and verified it: the written flag.</summary>
    Written,

    /// <summary>The board answered a TLS handshake with it (P-27).</summary>
    Proved,

    /// <summary>Replaced by a re-issue; revoked.</summary>
    Superseded,

    /// <summary>Revoked by an administrator.</summary>
    Revoked,

    /// <summary>Deleted unused.</summary>
    Purged,
}

/// <summary>The one table of transitions of <see cref="CertificateState"/>.</summary>
public static class CertificateLife
{
    private static readonly (CertificateState From, CertificateState To)[] Transitions =
    [
        (CertificateState.Reserved, CertificateState.Issued),
        (CertificateState.Issued, CertificateState.Fetched),
        (CertificateState.Fetched, CertificateState.Written),
        (CertificateState.Written, CertificateState.Proved),
        (CertificateState.Reserved, CertificateState.Superseded),
        (CertificateState.Issued, CertificateState.Superseded),
        (CertificateState.Fetched, CertificateState.Superseded),
        (CertificateState.Written, CertificateState.Superseded),
        (CertificateState.Reserved, CertificateState.Revoked),
        (CertificateState.Issued, CertificateState.Revoked),
        (CertificateState.Fetched, CertificateState.Revoked),
        (CertificateState.Written, CertificateState.Revoked),
        (CertificateState.Proved, CertificateState.Revoked),
        (CertificateState.Fetched, CertificateState.Purged),
    ];

    /// <summary>Whether a certificate may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool Allows(CertificateState from, CertificateState to) => Transitions.Contains((from, to));

    /// <summary>Whether a certificate in this state counts as its machine number's one valid certificate.</summary>
    public static bool IsValid(CertificateState state) =>
        state is CertificateState.Reserved or CertificateState.Issued or CertificateState.Fetched or CertificateState.Written or CertificateState.Proved;

    /// <summary>Throws unless the table has the transition.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void Require(CertificateState from, CertificateState to)
    {
        if (!Allows(from, to))
            throw new ProvisioningException(ErrorCode.Conflict, $"A certificate can't go from {from} to {to}.");
    }
}

namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>Where a quota stands. Nothing is issued on one that is not <see cref="Approved"/>.</summary>
public enum QuotaState
{
    /// <summary>An administrator, or a signed production order, asks for it.</summary>
    Proposed,

    /// <summary>A second person has agreed: certificates are issued on it within its period.</summary>
    Approved,

    /// <summary>A second person has refused it.</summary>
    Rejected,

    /// <summary>Taken back. What was used stays used, and nothing more is issued on it.</summary>
    Withdrawn,
}

/// <summary>The one table of transitions of <see cref="QuotaState"/>. States only move forward.</summary>
public static class QuotaLife
{
    private static readonly (QuotaState From, QuotaState To)[] Transitions =
    [
        (QuotaState.Proposed, QuotaState.Approved),
        (QuotaState.Proposed, QuotaState.Rejected),
        (QuotaState.Proposed, QuotaState.Withdrawn),
        (QuotaState.Approved, QuotaState.Withdrawn),
    ];

    /// <summary>Whether a quota may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool Allows(QuotaState from, QuotaState to) => Transitions.Contains((from, to));

    /// <summary>Throws unless the table has the transition.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void Require(QuotaState from, QuotaState to)
    {
        if (!Allows(from, to))
            throw new ProvisioningException(ErrorCode.Conflict, $"A quota that is {from} can't become {to}.");
    }
}

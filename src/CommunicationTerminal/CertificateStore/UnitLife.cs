using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>The one table of transitions of a unit.</summary>
internal static class UnitLife
{
    private static readonly (UnitState From, UnitState To)[] Transitions =
    [
        (UnitState.Planned, UnitState.Stored),
        (UnitState.Stored, UnitState.Planned), // the CA revoked what no line has had
        (UnitState.Stored, UnitState.Written),
        (UnitState.Stored, UnitState.ReissuePending),
        (UnitState.Stored, UnitState.Blocked),
        (UnitState.ReissuePending, UnitState.Stored),
        (UnitState.Written, UnitState.Proved),
        (UnitState.Written, UnitState.ReissuePending), // the proof failed: the flag is taken back
        (UnitState.Written, UnitState.Blocked),
        (UnitState.Proved, UnitState.ReissuePending), // the CA revoked it, and the unit was scanned again
        (UnitState.Blocked, UnitState.ReissuePending), // released by a person
        (UnitState.Planned, UnitState.Scrapped),
        (UnitState.Stored, UnitState.Scrapped),
        (UnitState.ReissuePending, UnitState.Scrapped),
        (UnitState.Written, UnitState.Scrapped),
        (UnitState.Proved, UnitState.Scrapped),
        (UnitState.Blocked, UnitState.Scrapped),
        (UnitState.Planned, UnitState.Withdrawn),
        (UnitState.Stored, UnitState.Withdrawn),
        (UnitState.Withdrawn, UnitState.Planned), // the plan was corrected once more
        (UnitState.Planned, UnitState.Purged),
        (UnitState.Stored, UnitState.Purged),
        (UnitState.ReissuePending, UnitState.Purged),
    ];

    /// <summary>Whether a unit may go from <paramref name="from"/> to <paramref name="to"/>; staying is always allowed.</summary>
    public static bool Allows(UnitState from, UnitState to) => from == to || Transitions.Contains((from, to));

    /// <summary>Throws unless the table has the transition.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void Require(UnitState from, UnitState to)
    {
        if (!Allows(from, to))
            throw new ProvisioningException(ErrorCode.Conflict, $"A unit can't go from {from} to {to}.");
    }
}

using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>How far an update is (U-1 to U-11). Stored before the step that leads on from it is done.</summary>
public enum UpdateState
{
    /// <summary>Somebody has asked for it (U-1).</summary>
    Requested,

    /// <summary>The board has confirmed the one-time password (U-3).</summary>
    PasswordShared,

    /// <summary>The version that runs is known (U-4).</summary>
    VersionRead,

    /// <summary>The board runs another version: the image is on its way (U-6).</summary>
    Sending,

    /// <summary>The board has the whole image and has checked it; it waits for its jobs, installs and restarts (U-7).</summary>
    Sent,

    /// <summary>It has started again (U-8).</summary>
    Restarted,

    /// <summary>The version that was read back is the one that was sent (U-9).</summary>
    Verified,

    /// <summary>It ran that version already (U-5).</summary>
    NotNeeded,

    /// <summary>It did not succeed. The password is kept until it could be erased (U-12).</summary>
    Failed,

    /// <summary>Given up by a person.</summary>
    Aborted,

    /// <summary>Nobody logs in to the board with the one-time password any more (U-10).</summary>
    PasswordErased,

    /// <summary>Whoever asked knows how it ended (U-11). The end.</summary>
    Reported,
}

/// <summary>How an update ended.</summary>
public enum UpdateOutcome
{
    /// <summary>The version that was read back after the restart is the one that was sent.</summary>
    Succeeded,

    /// <summary>Nothing was sent: the board ran that version.</summary>
    NotNeeded,

    /// <summary>It failed; the detail says why.</summary>
    Failed,

    /// <summary>A person gave it up.</summary>
    Aborted,
}

/// <summary>What is known of the one-time password.</summary>
public enum PasswordState
{
    /// <summary>There is none, and none was sent.</summary>
    None,

    /// <summary>Stored, and perhaps at the board.</summary>
    Sent,

    /// <summary>The board has confirmed it.</summary>
    Shared,

    /// <summary>The board has let somebody in with it.</summary>
    Used,

    /// <summary>The board knows it no more.</summary>
    Erased,
}

/// <summary>The one table of what may follow what.</summary>
public static class UpdateTransitions
{
    private static readonly Dictionary<UpdateState, UpdateState[]> Allowed = new()
    {
        [UpdateState.Requested] = [UpdateState.PasswordShared, UpdateState.Failed, UpdateState.Aborted],
        [UpdateState.PasswordShared] = [UpdateState.VersionRead, UpdateState.Failed, UpdateState.Aborted],
        [UpdateState.VersionRead] = [UpdateState.NotNeeded, UpdateState.Sending, UpdateState.Failed, UpdateState.Aborted],
        [UpdateState.Sending] = [UpdateState.Sent, UpdateState.Failed, UpdateState.Aborted],
        [UpdateState.Sent] = [UpdateState.Restarted, UpdateState.Failed, UpdateState.Aborted],
        [UpdateState.Restarted] = [UpdateState.Verified, UpdateState.Sending, UpdateState.Failed, UpdateState.Aborted],
        [UpdateState.Verified] = [UpdateState.PasswordErased],
        [UpdateState.NotNeeded] = [UpdateState.PasswordErased],
        [UpdateState.Failed] = [UpdateState.PasswordErased],
        [UpdateState.Aborted] = [UpdateState.PasswordErased],
        [UpdateState.PasswordErased] = [UpdateState.Reported],
        [UpdateState.Reported] = [],
    };

    /// <summary>Whether <paramref name="next"/> may follow <paramref name="state"/>.</summary>
    public static bool Allows(UpdateState state, UpdateState next) => Allowed[state].Contains(next);

    /// <summary>The outcome that a state decides; null where it decides none.</summary>
    public static UpdateOutcome? OutcomeOf(UpdateState state) => state switch
    {
        UpdateState.Verified => UpdateOutcome.Succeeded,
        UpdateState.NotNeeded => UpdateOutcome.NotNeeded,
        UpdateState.Failed => UpdateOutcome.Failed,
        UpdateState.Aborted => UpdateOutcome.Aborted,
        _ => null,
    };

    /// <summary>Passes where <paramref name="next"/> may follow.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/>.</exception>
    internal static void Require(UpdateState state, UpdateState next)
    {
        if (!Allows(state, next))
            throw new ProvisioningException(ErrorCode.Conflict, $"An update that is {state} can't become {next}.");
    }
}

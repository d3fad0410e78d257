namespace ProvisioningStation.Control;

/// <summary>What <c>stationctl</c> tells a script.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Something here is wrong: arguments, files.</summary>
    Local = 1,

    /// <summary>The server failed or can't be reached.</summary>
    Server = 2,

    /// <summary>Not allowed.</summary>
    NotAllowed = 3,

    /// <summary>There is no such thing.</summary>
    NotFound = 4,

    /// <summary>The state does not allow it.</summary>
    Conflict = 5,

    /// <summary>Some of it was done, some not.</summary>
    Partly = 6,
}

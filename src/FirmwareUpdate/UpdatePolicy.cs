namespace ProvisioningStation.FirmwareUpdate;

/// <summary>Who does a part of an update that either side can do.</summary>
public enum UpdateSide
{
    /// <summary>The gateway or the line station.</summary>
    UpdatingSide,

    /// <summary>The board.</summary>
    Board,
}

/// <summary>How the updating side makes the one-time password useless (U-10).</summary>
public enum EraseMethod
{
    /// <summary>By another one that never travels over FTP: the same message as the sharing, so that the board's program stays small.</summary>
    Overwrite,

    /// <summary>By a message of its own.</summary>
    Forbid,
}

/// <summary>Which of the variations U-13 to U-16 the boards of a model take. As it is by default, it is the main form.</summary>
public sealed record UpdatePolicy
{
    /// <summary>Whether the board itself may ask for an update (U-14; with <see cref="PasswordBy"/> the board, U-15).</summary>
    public bool StartedByBoard { get; init; }

    /// <summary>Who makes the one-time password (U-13: the board).</summary>
    public UpdateSide PasswordBy { get; init; }

    /// <summary>Who makes the erase password after a success (U-16: the board). After anything else the updating side erases.</summary>
    public UpdateSide EraseBy { get; init; }

    /// <summary>How the updating side erases.</summary>
    public EraseMethod Erase { get; init; }
}

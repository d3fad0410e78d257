namespace ProvisioningStation.FirmwareUpdate;

/// <summary>How long each step of an update may take, by a clock that nobody can set, and how it is tried again. A step that is resumed after a restart of the program begins its time anew.</summary>
public sealed record UpdateLimits
{
    /// <summary>Until the board has confirmed a password (U-3): how long a device may be switched off.</summary>
    public TimeSpan ShareWithin { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Until its version is read (U-4).</summary>
    public TimeSpan ReadVersionWithin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Until it has the whole image, breaks included (U-6).</summary>
    public TimeSpan SendWithin { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Until it has finished its jobs, installed and started again (U-7, U-8).</summary>
    public TimeSpan RestartWithin { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>Until its version is read back (U-9).</summary>
    public TimeSpan VerifyWithin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many more times the image is sent to a board that came up with another version (U-9).</summary>
    public int SendAgain { get; init; } = 1;

    /// <summary>The wait behind the first failed try of a step; it doubles.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between two tries of a step.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait between two tries to erase a password or to report a result, which never end.</summary>
    public TimeSpan LongestPauseAtTheEnd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a board that installs or restarts is asked how far it is.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A board whose FTP port stays closed for so long, its time limit (U-23), is given the password once more.</summary>
    public TimeSpan ShareAgainAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a board that was asked to make a password may take to send it (U-13, U-16).</summary>
    public TimeSpan BoardPasswordWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one call over TLS may take.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

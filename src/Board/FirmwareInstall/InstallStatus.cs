namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>What the board does about an image, as <c>STAT</c> says it over FTP.</summary>
internal enum InstallState
{
    /// <summary>Nothing.</summary>
    Idle,

    /// <summary>It arrives.</summary>
    Receiving,

    /// <summary>It is here and whole; the board finishes its jobs first (U-7).</summary>
    Waiting,

    /// <summary>It is checked once more, put in place, and started on trial.</summary>
    Installing,

    /// <summary>It was refused, or the board fell back to what it had.</summary>
    Failed,
}

/// <summary>What the board does about an image.</summary>
/// <param name="State">In a word.</param>
/// <param name="Detail">In a line: <c>printing job 3 of 5</c>, or why it failed. Null where there is nothing to say.</param>
internal sealed record InstallStatus(InstallState State, string? Detail);

/// <summary>Where an image goes.</summary>
/// <param name="Application">The application's name (U-18), null for the board's own firmware.</param>
internal sealed record ImagePlace(string? Application)
{
    /// <summary>The board's own firmware.</summary>
    public static ImagePlace Firmware { get; } = new((string?)null);
}

using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>An image that can be sent.</summary>
/// <param name="Id">Its name among the images of the updating side.</param>
/// <param name="Manifest">What it is.</param>
public sealed record UpdateImage(string Id, ImageManifest Manifest);

/// <summary>Who asks for an update of what (U-1).</summary>
/// <param name="Device">The device's key.</param>
/// <param name="Image">What to install.</param>
/// <param name="RequestedBy">Who asks, for people.</param>
public sealed record UpdateRequest(string Device, UpdateImage Image, string RequestedBy)
{
    /// <summary>Whether the board asked (U-14).</summary>
    public bool StartedByBoard { get; init; }

    /// <summary>The caller's own key of the request: the same key again is the same update.</summary>
    public string? Key { get; init; }
}

/// <summary>One update as it is stored, without its password.</summary>
public sealed record UpdateRecord
{
    /// <summary>Its id; later ones are larger.</summary>
    public required Guid Id { get; init; }

    /// <summary>The device's key: its machine number.</summary>
    public required string Device { get; init; }

    /// <summary>The image's id.</summary>
    public required string Image { get; init; }

    /// <summary>The application that is updated (U-18); null for the board's firmware.</summary>
    public string? Application { get; init; }

    /// <summary>The version that is to run.</summary>
    public required string Version { get; init; }

    /// <summary>How far it is.</summary>
    public required UpdateState State { get; init; }

    /// <summary>How it ended; null while it is under way.</summary>
    public UpdateOutcome? Outcome { get; init; }

    /// <summary>Why it ended so.</summary>
    public string? Detail { get; init; }

    /// <summary>The kind of failure: <see cref="ErrorCode.ImageNotAllowed"/> where the board refused the image, <see cref="ErrorCode.UpdateFailed"/> where it came up with another one …; null where there was none.</summary>
    public ErrorCode? Code { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>Whether the board did (U-14).</summary>
    public bool StartedByBoard { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When its state changed last.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>What ran before; null while it is not known, or where there was no such application.</summary>
    public string? VersionBefore { get; init; }

    /// <summary>What was read back after the restart.</summary>
    public string? VersionRead { get; init; }

    /// <summary>How many times the image was begun to be sent.</summary>
    public int Sends { get; init; }

    /// <summary>Whether a person wants it to end.</summary>
    public bool AbortRequested { get; init; }

    /// <summary>Whether the result has been taken by whoever asked, or looks after this side.</summary>
    public bool IsReported { get; init; }

    /// <summary>Whether the board has been told the result, or will not hear it.</summary>
    public bool IsBoardTold { get; init; }

    /// <summary>What is known of the one-time password.</summary>
    public PasswordState PasswordState { get; init; }

    /// <summary>Whether the version that was wanted runs.</summary>
    public bool HasSucceeded => Outcome is UpdateOutcome.Succeeded or UpdateOutcome.NotNeeded;

    /// <summary>Whether a board that asked still has to be told (U-11).</summary>
    internal bool OwesBoard => StartedByBoard && !IsBoardTold;

    /// <summary>The file on the board that is written.</summary>
    internal string ImagePath => Application is null ? "/firmware.img" : $"/applications/{Application}.img";

    /// <summary>The file on the board that says what runs.</summary>
    internal string VersionPath => Application is null ? "/version.txt" : $"/applications/{Application}.txt";
}

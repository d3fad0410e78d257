namespace ProvisioningStation.Protocol.Gateway;

/// <summary>An image in a gateway's store (<c>/api/images</c>).</summary>
/// <param name="Id">SHA-256 of the whole file.</param>
/// <param name="Application">The application that it is for; null for the board's firmware.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sequence">Counts up with every release.</param>
/// <param name="Models">The models that may install it.</param>
/// <param name="Length">Bytes of the whole file.</param>
/// <param name="Expires">No board installs it after this moment.</param>
public sealed record StoredFirmware(string Id, string? Application, string Version, long Sequence, IReadOnlyList<string> Models, long Length, DateTimeOffset? Expires);

/// <summary><c>POST /api/updates</c>: an update of one device (U-1).</summary>
/// <param name="MachineNumber">The device.</param>
/// <param name="Image">The image's id; null for the newest firmware of its model.</param>
public sealed record UpdateOrder(string MachineNumber, string? Image);

/// <summary>An update of one device, as far as it is (<c>/api/updates</c>).</summary>
/// <param name="Id">Its id.</param>
/// <param name="MachineNumber">The device.</param>
/// <param name="Image">The image's id.</param>
/// <param name="Application">The application that is updated; null for the board's firmware.</param>
/// <param name="Version">What is to run.</param>
/// <param name="State">Requested, PasswordShared, VersionRead, Sending, Sent, Restarted, Verified, NotNeeded, Failed, Aborted, PasswordErased, Reported.</param>
/// <param name="Outcome">Succeeded, NotNeeded, Failed or Aborted; null while it is under way.</param>
/// <param name="Detail">What is going on now, or why it ended as it did.</param>
/// <param name="Percent">How much of the image the board has, while it is sent.</param>
/// <param name="VersionBefore">What ran before.</param>
/// <param name="VersionRead">What was read back.</param>
/// <param name="Sends">How many times the image was begun to be sent.</param>
/// <param name="AbortRequested">Whether somebody wants it to end.</param>
/// <param name="PasswordErased">Whether the board knows its one-time password no more.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="ChangedAt">When its state changed last.</param>
public sealed record DeviceUpdate(
    Guid Id,
    string MachineNumber,
    string Image,
    string? Application,
    string Version,
    string State,
    string? Outcome,
    string? Detail,
    int? Percent,
    string? VersionBefore,
    string? VersionRead,
    int Sends,
    bool AbortRequested,
    bool PasswordErased,
    string RequestedBy,
    DateTimeOffset RequestedAt,
    DateTimeOffset ChangedAt);

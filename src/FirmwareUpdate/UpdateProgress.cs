namespace ProvisioningStation.FirmwareUpdate;

/// <summary>How far an update is, for a kiosk or a command line.</summary>
/// <param name="Id">Which update.</param>
/// <param name="Device">Of which device.</param>
/// <param name="State">How far.</param>
/// <param name="Percent">Of the image that the board has, while it is sent.</param>
/// <param name="Detail">What is going on, in a sentence: "waiting: printing job 3 of 5", or why the last try did not succeed.</param>
/// <param name="IsAway">Whether nobody answers there now: it restarts, or is off, or its cable is out.</param>
public sealed record UpdateProgress(Guid Id, string Device, UpdateState State, int? Percent, string? Detail, bool IsAway = false);

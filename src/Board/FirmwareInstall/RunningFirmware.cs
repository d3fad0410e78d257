using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>What the boot loader started.</summary>
/// <param name="Version">As <c>version.txt</c> says it.</param>
/// <param name="Slot">Where it lies; null for the small updater, which is part of the boot loader.</param>
/// <param name="Header">Of its image; null for what assembly put there, and for the small updater.</param>
/// <param name="IsTrial">Whether it has yet to prove itself.</param>
internal sealed record RunningFirmware(string Version, SlotName? Slot, ImageHeader? Header, bool IsTrial)
{
    /// <summary>What <c>version.txt</c> says of a board that has only its small updater.</summary>
    public const string UpdaterVersion = "updater";

    private readonly TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Only FTP and the version, because neither slot holds a firmware that may be started.</summary>
    public bool IsUpdater => Slot is null;

    /// <summary>Its place in the order of releases; 0 where nobody knows.</summary>
    public long Sequence => Header?.Manifest.Sequence ?? 0;

    /// <summary>Completes when it is certain that this firmware stays: at once where it is not on trial. Before, its version is nobody's business.</summary>
    public Task Committed => IsTrial ? _committed.Task : Task.CompletedTask;

    /// <summary>It has proved itself.</summary>
    public void Commit() => _committed.TrySetResult();
}

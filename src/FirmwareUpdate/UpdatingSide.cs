using ProvisioningStation.FirmwareUpdate.Ftp;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>What a gateway or a line station gives to its <see cref="UpdateRunner"/>.</summary>
/// <param name="Name">Its id, with which it logs in to boards: the name in its certificate.</param>
/// <param name="FindDevice">Where a device is now; null where nothing is known of it.</param>
/// <param name="OpenImage">Opens an image for reading, with random access; null where it is not there any more.</param>
public sealed record UpdatingSide(string Name, Func<string, UpdateDevice?> FindDevice, Func<string, Stream?> OpenImage)
{
    /// <summary>Hands a result over to whoever asked (U-11, U-17). Thrown at, it is asked again, for ever. By default the stored row is the report.</summary>
    public Func<UpdateRecord, CancellationToken, Task> ReportAsync { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Told whenever what is shown of an update changes, from where the work is done: it must return soon.</summary>
    public Action<UpdateProgress> Progressed { get; init; } = static _ => { };

    /// <summary>How many devices are worked on at a time; one that is not reached yet does not count.</summary>
    public int Parallel { get; init; } = 64;

    /// <summary>Time limits and tries.</summary>
    public UpdateLimits Limits { get; init; } = new();

    /// <summary>Time limits of FTP.</summary>
    public FtpTimeouts FtpTimeouts { get; init; } = new();
}

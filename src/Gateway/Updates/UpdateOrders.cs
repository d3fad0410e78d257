using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Gateway.Devices;
using ProvisioningStation.Gateway.Images;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Gateway.Updates;

/// <summary>Stores what operators and boards ask for, and wakes who does it.</summary>
internal sealed class UpdateOrders(DeviceBook devices, ImageStore images, UpdateStore store, UpdateRunner runner, UpdateJob job)
{
    /// <summary>An operator asks (U-1).</summary>
    /// <param name="number">The device.</param>
    /// <param name="image">The image's id; null for the newest firmware.</param>
    /// <param name="requestedBy">Who asks.</param>
    /// <param name="key">The caller's key of the request.</param>
    /// <param name="cancellationToken">Ends it before it is stored.</param>
    public async Task<UpdateRecord> StartAsync(MachineNumber number, string? image, string requestedBy, string? key, CancellationToken cancellationToken)
    {
        devices.Get(number);
        if (image is null && key is not null && store.FindByKey(key) is { } known && known.Device == number.ToString())
            return known; // asked again after a lost answer, and a newer image may have come meanwhile
        var chosen = image is null ? images.GetNewest(number.Model) : images.Get(image);
        var record = await runner.StartAsync(new UpdateRequest(number.ToString(), chosen.ToUpdateImage(), requestedBy) { Key = key }, cancellationToken);
        job.Signal();
        return record;
    }

    /// <summary>The board asks (U-14). Asked again while one is under way, it is the same one.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotSupported"/> where its model does not begin updates.</exception>
    public async Task BeginAsync(MachineNumber number, CancellationToken cancellationToken)
    {
        if (!devices.Get(number).Policy.StartedByBoard)
            throw new ProvisioningException(ErrorCode.NotSupported, $"Boards of model {number.Model} do not begin updates here (Updates:Models, StartedByBoard).");
        if (store.FindUnderWay(number.ToString()) is null)
            await runner.StartAsync(new UpdateRequest(number.ToString(), images.GetNewest(number.Model).ToUpdateImage(), $"board {number}") { StartedByBoard = true }, cancellationToken);
        job.Signal();
    }
}

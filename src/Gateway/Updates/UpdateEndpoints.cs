using Microsoft.AspNetCore.Http;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Gateway.Updates;

/// <summary><c>/api/updates</c>: asked for, looked at, given up.</summary>
internal sealed class UpdateEndpoints(UpdateOrders orders, UpdateStore store, UpdateRunner runner)
{
    private const string KeyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 100;
    private const int MostOnPage = 500;

    /// <summary>The same Idempotency-Key again is the same update.</summary>
    public async Task<DeviceUpdate> StartAsync(HttpContext context, UpdateOrder order)
    {
        string? key = context.Request.Headers[KeyHeader];
        if (key is not null && (key.Length is 0 or > MaxKeyLength || !key.All(c => c is > ' ' and <= '~')))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"{KeyHeader} has to be 1 to {MaxKeyLength} printable characters without blanks, such as a UUID.");
        return Describe(await orders.StartAsync(MachineNumber.Parse(order.MachineNumber), order.Image, context.GetPeer().ToString(), key, context.RequestAborted));
    }

    public Page<DeviceUpdate> List(string? machineNumber, string? cursor, int? limit)
    {
        if (cursor is not null && !Guid.TryParseExact(cursor, "D", out _))
            throw new ProvisioningException(ErrorCode.MalformedRequest, "The cursor is not one that this list gave out.");
        var page = store.Find(machineNumber is null ? null : MachineNumber.Parse(machineNumber).ToString(), cursor is null ? null : Guid.Parse(cursor), Math.Clamp(limit ?? 100, 1, MostOnPage));
        return new Page<DeviceUpdate>([.. page.Items.Select(Describe)], page.Next);
    }

    public DeviceUpdate Get(Guid id) => Describe(store.Get(id));

    /// <summary>Given up twice it is given up.</summary>
    public async Task<DeviceUpdate> AbortAsync(Guid id, CancellationToken cancellationToken) =>
        store.Get(id) is { Outcome: UpdateOutcome.Aborted } already ? Describe(already) : Describe(await runner.AbortAsync(id, cancellationToken));

    private DeviceUpdate Describe(UpdateRecord record)
    {
        var now = runner.FindProgress(record.Id) is { } progress && progress.State == record.State ? progress : null;
        return new DeviceUpdate(
            record.Id,
            record.Device,
            record.Image,
            record.Application,
            record.Version,
            record.State.ToString(),
            record.Outcome?.ToString(),
            now?.Detail ?? record.Detail,
            now?.Percent,
            record.VersionBefore,
            record.VersionRead,
            record.Sends,
            record.AbortRequested,
            record.PasswordState is PasswordState.None or PasswordState.Erased,
            record.RequestedBy,
            record.RequestedAt,
            record.ChangedAt);
    }
}

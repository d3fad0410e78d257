using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>The rows of updates: who comes second is told so, and a password opens only in its own row.</summary>
public sealed class UpdateStoreTests : IDisposable
{
    private readonly UpdateFloor _floor = new();

    private UpdateStore Store => _floor.Store;

    public void Dispose() => _floor.Dispose();

    [Fact]
    public async Task StepFromAStateThatIsPast_IsAConflict()
    {
        var record = await AddAsync("3012-000001");
        await Store.MoveAsync(record, UpdateState.PasswordShared);
        var late = await Assert.ThrowsAsync<ProvisioningException>(() => Store.MoveAsync(record, UpdateState.Failed, "too late"));
        Assert.Equal(ErrorCode.Conflict, late.Code);
        Assert.Equal(UpdateState.PasswordShared, Store.Get(record.Id).State);
    }

    [Fact]
    public async Task StepThatTheTableDoesNotHave_IsAConflict()
    {
        var record = await AddAsync("3012-000001");
        Assert.Equal(ErrorCode.Conflict, (await Assert.ThrowsAsync<ProvisioningException>(() => Store.MoveAsync(record, UpdateState.Verified))).Code);
        Assert.Equal(UpdateState.Requested, Store.Get(record.Id).State);
    }

    [Fact]
    public async Task SameKey_IsTheSameUpdateAndNoOther()
    {
        var image = _floor.AddImage();
        var first = await Store.AddAsync(new UpdateRequest("3012-000001", image, "a test") { Key = "once" }, CancellationToken.None);
        var again = await Store.AddAsync(new UpdateRequest("3012-000001", image, "a test") { Key = "once" }, CancellationToken.None);
        Assert.Equal(first, again);
        var reused = await Assert.ThrowsAsync<ProvisioningException>(() => Store.AddAsync(new UpdateRequest("3012-000002", image, "a test") { Key = "once" }, CancellationToken.None));
        Assert.Equal(ErrorCode.RequestIdReused, reused.Code);
    }

    [Fact]
    public async Task PasswordThatGoesOver_OpensInItsNewRowOnly()
    {
        var password = OneTimePassword.Create();
        var failed = await AddAsync("3012-000001");
        failed = await Store.StorePasswordAsync(failed, password, PasswordState.Used);
        failed = await Store.MoveAsync(failed, UpdateState.Failed, "It failed.");
        var next = await AddAsync("3012-000001");
        Assert.Equal(failed.Id, Store.FindHeld("3012-000001", except: next.Id)?.Id);

        next = await Store.TakeOverAsync(failed, next);
        Assert.Equal((UpdateState.PasswordShared, PasswordState.Used), (next.State, next.PasswordState));
        Assert.Equal(password, Store.OpenPassword(next.Id));
        Assert.Null(Store.OpenPassword(failed.Id));
        Assert.Equal(UpdateState.PasswordErased, Store.Get(failed.Id).State);
        Assert.Null(Store.FindHeld("3012-000001", except: next.Id));
    }

    [Fact]
    public async Task ErasePassword_IsStoredOnce()
    {
        var record = await AddAsync("3012-000001");
        record = await Store.StorePasswordAsync(record, OneTimePassword.Create(), PasswordState.Used);
        record = await Store.MoveAsync(record, UpdateState.Failed, "It failed.");
        var first = OneTimePassword.Create();
        await Store.StoreErasePasswordAsync(record, first);
        await Store.StoreErasePasswordAsync(record, OneTimePassword.Create());
        Assert.Equal(first, Store.OpenErasePassword(record.Id));
        await Store.MoveAsync(record, UpdateState.PasswordErased);
        Assert.Null(Store.OpenErasePassword(record.Id));
    }

    [Fact]
    public async Task Updates_ComeInPagesTheLatestFirst()
    {
        var added = new List<Guid>();
        for (var serial = 1; serial <= 5; serial++)
            added.Add((await AddAsync($"3012-{serial:D6}")).Id);
        var ids = new List<Guid>();
        Guid? before = null;
        do
        {
            var page = Store.Find(device: null, before, limit: 2);
            Assert.InRange(page.Items.Count, 1, 2);
            ids.AddRange(page.Items.Select(update => update.Id));
            before = page.Next is null ? null : Guid.Parse(page.Next);
        }
        while (before is not null);
        Assert.Equal(added.Order(), ids.Order());
        Assert.Equal(ids.OrderByDescending(id => id.ToString("D"), StringComparer.Ordinal), ids);
        Assert.Single(Store.Find("3012-000003", null, 10).Items);
    }

    private Task<UpdateRecord> AddAsync(string device) => Store.AddAsync(new UpdateRequest(device, _floor.AddImage(), "a test"), CancellationToken.None);
}

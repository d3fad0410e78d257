using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>Updates that are over are deleted after their time; what is not at its very end never is.</summary>
public sealed class UpdateHistoryTests : IDisposable
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(400);

    private readonly SettableTime _clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
    private readonly UpdateFloor _floor;
    private readonly UpdateImage _image;

    public UpdateHistoryTests()
    {
        _floor = new UpdateFloor(time: _clock);
        _image = _floor.AddImage();
    }

    private UpdateStore Store => _floor.Store;

    public void Dispose() => _floor.Dispose();

    [Fact]
    public async Task UpdateThatIsOver_IsKeptForItsTimeFromItsReportOn()
    {
        var asked = await AddAsync("3012-000001");
        _clock.Now += TimeSpan.FromDays(30);
        await EndAsync(asked);
        _clock.Now += Keep;
        await PurgeAsync();
        Assert.NotNull(Store.Find(asked.Id));
        _clock.Now += TimeSpan.FromMilliseconds(1);
        await PurgeAsync();
        Assert.Null(Store.Find(asked.Id));
    }

    [Fact]
    public async Task UpdateThatIsNotReported_IsKeptHoweverOld()
    {
        UpdateState[][] ways =
        [
            [],
            [UpdateState.PasswordShared, UpdateState.VersionRead, UpdateState.Sending],
            [UpdateState.Failed],
            [UpdateState.Failed, UpdateState.PasswordErased],
        ];
        var kept = new List<Guid>();
        foreach (var way in ways)
        {
            var record = await AddAsync($"3012-{kept.Count + 1:D6}");
            foreach (var state in way)
                record = await Store.MoveAsync(record, state);
            kept.Add(record.Id);
        }

        _clock.Now += Keep * 10;
        await PurgeAsync();
        Assert.Equal(kept.Order(), Store.FindUnfinished().Select(update => update.Id).Order());
    }

    [Fact]
    public async Task ManyUpdates_AreAllDeleted_AndThoseOfYesterdayAreNot()
    {
        for (var count = 0; count < 120; count++)
            await EndAsync(await AddAsync("3012-000001"));
        _clock.Now += Keep + TimeSpan.FromDays(1);
        var young = await EndAsync(await AddAsync("3012-000001"));
        Assert.Equal(10, await Store.DeleteEndedAsync(_clock.Now - Keep, 10, CancellationToken.None)); // no more than it was asked to
        await PurgeAsync();
        Assert.Equal(young.Id, Assert.Single(Store.Find(null, null, 500).Items).Id);
    }

    [Fact]
    public async Task KeyOfAnUpdate_IsKnownForAsLongAsItsRow()
    {
        var first = await EndAsync(await AddAsync("3012-000001", "once"));
        _clock.Now += Keep;
        await PurgeAsync();
        Assert.Equal(first.Id, (await AddAsync("3012-000001", "once")).Id);

        _clock.Now += TimeSpan.FromDays(1);
        await PurgeAsync();
        var second = await AddAsync("3012-000001", "once");
        Assert.NotEqual(first.Id, second.Id);
        _clock.Now += Keep * 2;
        await PurgeAsync();
        Assert.Equal(second.Id, (await AddAsync("3012-000001", "once")).Id); // it is under way
    }

    private Task<UpdateRecord> AddAsync(string device, string? key = null) => Store.AddAsync(new UpdateRequest(device, _image, "a test") { Key = key }, CancellationToken.None);

    private async Task<UpdateRecord> EndAsync(UpdateRecord record)
    {
        foreach (var state in (UpdateState[])[UpdateState.Aborted, UpdateState.PasswordErased, UpdateState.Reported])
            record = await Store.MoveAsync(record, state);
        return record;
    }

    private async Task PurgeAsync()
    {
        using var history = new UpdateHistory(Store, Keep, _clock, new HealthState(_clock), NullLogger<UpdateHistory>.Instance);
        await history.PurgeAsync(CancellationToken.None);
    }
}

using System.Collections.Concurrent;
using ProvisioningStation.CommunicationTerminal.StationApi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class ArrivalOrderTests
{
    private readonly ArrivalOrder _order = new();
    private readonly ConcurrentQueue<int> _served = new();

    [Fact]
    public async Task RequestsOfOneLine_AreServedOneByOneInTheirOrder()
    {
        var inHand = 0;
        var all = Enumerable.Range(0, 30).Select(number => _order.ServeAsync("1001", async () =>
        {
            Assert.Equal(1, Interlocked.Increment(ref inHand));
            await Task.Delay(30 - number);
            _served.Enqueue(number);
            return Interlocked.Decrement(ref inHand);
        }, default)).ToArray();
        await Task.WhenAll(all);
        Assert.Equal(Enumerable.Range(0, 30), _served);
    }

    [Fact]
    public async Task LineWhoseCallIsSlow_StopsNoOther()
    {
        var slow = new TaskCompletionSource();
        var first = _order.ServeAsync("1001", () => WaitAsync(slow.Task, 1), default);
        var behind = _order.ServeAsync("1001", () => WaitAsync(Task.CompletedTask, 2), default);
        await _order.ServeAsync("1002", () => WaitAsync(Task.CompletedTask, 3), default);
        Assert.Equal([3], _served);
        slow.SetResult();
        await Task.WhenAll(first, behind);
        Assert.Equal([3, 1, 2], _served);
    }

    [Fact]
    public async Task FailureBefore_IsNobodyElsesFailure()
    {
        var failing = _order.ServeAsync<int>("1001", () => throw new InvalidOperationException(), default);
        await _order.ServeAsync("1001", () => WaitAsync(Task.CompletedTask, 1), default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.Equal([1], _served);
    }

    [Fact]
    public async Task CallerThatLeavesTheQueue_LetsNobodyOvertake()
    {
        var slow = new TaskCompletionSource();
        using var gone = new CancellationTokenSource();
        var first = _order.ServeAsync("1001", () => WaitAsync(slow.Task, 1), default);
        var left = _order.ServeAsync("1001", () => WaitAsync(Task.CompletedTask, 2), gone.Token);
        var third = _order.ServeAsync("1001", () => WaitAsync(Task.CompletedTask, 3), default);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.False(third.IsCompleted);
        slow.SetResult();
        await Task.WhenAll(first, third);
        Assert.Equal([1, 3], _served);
    }

    private async Task<int> WaitAsync(Task until, int number)
    {
        await until;
        _served.Enqueue(number);
        return number;
    }
}

using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>Time limits of a session that ends in the same moment.</summary>
public sealed class DeadlineTests
{
    [Fact]
    public async Task OwnerThatIsDisposedAsTimeRunsOut_EndsNothingElse()
    {
        var time = new SteppedTime();
        var fired = new TaskCompletionSource();
        var owner = new CancellationTokenSource();
        using var deadline = new Deadline(time, () =>
        {
            fired.SetResult();
            owner.Cancel();
        });
        deadline.Set(TimeSpan.FromSeconds(5));
        owner.Dispose();
        await time.PassUntilAsync(fired.Task, TimeSpan.FromSeconds(5)); // throws what the timer's callback throws
        Assert.False(owner.IsCancellationRequested);
    }
}

using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>What a client costs in memory. The heap is the whole process's, so no other test runs meanwhile.</summary>
[CollectionDefinition(Alone, DisableParallelization = true)]
[Collection(Alone)]
public sealed class FtpMemoryTests
{
    private const string Alone = "heap of the process";

    [Fact]
    public async Task HundredThousandCommandsAhead_AreAnswered_AndCostNoMemory()
    {
        const int count = 100_000;
        await using var board = await ArmedBoard.StartAsync();
        using var talk = await board.LogInAsync();
        await talk.ExpectAsync(200, "NOOP");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var line = "SIZE /../../etc/passwd\r\n"u8.ToArray();
        var sending = Task.Run(async () =>
        {
            var many = Enumerable.Repeat(line, 1000).SelectMany(bytes => bytes).ToArray();
            for (var i = 0; i < count / 1000; i++)
                await talk.SendAsync(many);
        });
        await talk.SkipAsync("550 There is no such file.\r\n".Length * (long)count);
        await sending;
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 * 1024 * 1024);
        await talk.ExpectAsync(200, "NOOP");
    }
}

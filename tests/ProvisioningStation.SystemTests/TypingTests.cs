using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>A plate that can't be scanned: the number is typed at the terminal, the line's station writes and proves the unit (P-21).</summary>
public sealed class TypingTests : IAsyncLifetime
{
    private TestFactory _factory = null!;

    public async Task InitializeAsync() => _factory = await TestFactory.StartAsync(TestFactory.QuickBoards, lines: 1);

    public async Task DisposeAsync() => await _factory.DisposeAsync();

    [Fact]
    public async Task NumberTypedAtTheTerminal_EndsProvedAtItsLine()
    {
        var slot = _factory.Line.Slot;
        await slot.RemoveAsync();
        var unit = (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        slot.Place();
        slot.Assign(unit);
        await slot.PowerOnAsync(null, CancellationToken.None);
        using var desk = await ManagerDesk.OpenAsync(_factory);
        await Wait.UntilAsync("the station at the terminal", async () => (await desk.GetAsync("/typing")).Contains(">1001</option>", StringComparison.Ordinal));
        await desk.SubmitAsync("/typing", "type", ("Input.Line", "1001"), ("Input.Number", unit), ("Input.Again", unit));
        await Wait.UntilAsync("the proof", async () => (await _factory.FindUnitAsync(unit)).State == UnitState.Proved);
        Assert.Equal("1001", (await _factory.FindUnitAsync(unit)).Line);
        Assert.DoesNotContain("not in time", await desk.GetAsync("/typing"), StringComparison.Ordinal);
    }
}

using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>A test that has an updating side and one board, which does as the test says.</summary>
public abstract class UpdateTest : IAsyncLifetime
{
    private protected UpdateFloor Floor { get; } = new();

    private protected ScriptedBoard Board { get; private set; } = null!;

    public async Task InitializeAsync() => Board = await ScriptedBoard.StartAsync();

    public async Task DisposeAsync()
    {
        await Board.DisposeAsync();
        Floor.Dispose();
    }
}

using System.Net.Sockets;
using ProvisioningStation.Board;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Ftp;

/// <summary>The board's power goes at every write of the one-time password. The updating side only repeats its calls: it gets in while it may, and in the end nobody does.</summary>
public sealed class UpdatePasswordKillTests(ArmedFactoryBoard board) : IClassFixture<ArmedFactoryBoard>, IAsyncLifetime
{
    private readonly string _password = OneTimePassword.Create();
    private readonly string _erasePassword = OneTimePassword.Create();

    public static TheoryData<string> Points => [.. BoardKillPoints.OfUpdatePassword];

    public Task InitializeAsync() => board.ConnectNewAsync();

    public Task DisposeAsync() => board.Slot.RemoveAsync();

    [Theory]
    [MemberData(nameof(Points))]
    public async Task PowerCut_IsMendedByRepeating_AndEndsErased(string point)
    {
        await board.ForbidAsync(); // the password that the fixture has stored
        var order = new KillOrder(board.Folder, point);
        await board.Slot.PowerOffAsync();
        await board.Slot.PowerOnAsync(order.Environment, CancellationToken.None);
        var victim = board.Slot.Board!;
        var died = !await HasEndedWellAsync(UpdateAsync);
        Assert.True(died, $"nothing came by {point}");
        await order.AssertCarriedOutAsync(victim);

        await board.Slot.PowerOffAsync();
        await board.Slot.PowerOnAsync(null, CancellationToken.None);
        if (point != BoardKillPoints.AfterPasswordErased)
        {
            await board.StoreAsync(_password);
            Assert.True(await HasEndedWellAsync(() => LogInAsync(_password)), $"the password does not log in behind {point}");
        }

        await board.StoreAsync(_erasePassword);
        await AssertNobodyIsInAsync();
        await board.Slot.PowerOffAsync();
        await board.Slot.PowerOnAsync(null, CancellationToken.None);
        await AssertNobodyIsInAsync();
        await board.StoreAsync(_erasePassword);
        await AssertNobodyIsInAsync();
    }

    /// <summary>All that can happen to a password: it is stored, wrong ones lock it, it is stored again, used and overwritten.</summary>
    private async Task UpdateAsync()
    {
        await board.StoreAsync(_password);
        for (var i = 0; i < 3; i++)
        {
            var refused = await Assert.ThrowsAsync<FtpException>(() => LogInAsync("WRONG-PASSWORD-2345"));
            if (refused.Reply is null)
                throw refused; // the power went
        }

        await board.StoreAsync(_password);
        await LogInAsync(_password);
        await board.StoreAsync(_erasePassword);
    }

    private async Task LogInAsync(string password)
    {
        await using var client = await ConnectAsync();
        await client.LogInAsync(ArmedFactoryBoard.Id, password, CancellationToken.None);
        Assert.Equal("1.0.0", await client.ReadTextAsync("/version.txt", CancellationToken.None));
        await client.QuitAsync(CancellationToken.None);
    }

    private async Task<FtpClient> ConnectAsync()
    {
        while (true)
        {
            try
            {
                return await FtpClient.ConnectAsync(new FtpEndpoint(board.Address, NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, CancellationToken.None);
            }
            catch (FtpException busy) when (busy.Reply?.Code == 421)
            {
                await Task.Delay(20); // the session before has not ended yet
            }
        }
    }

    private static async Task<bool> HasEndedWellAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (Exception cause) when (cause is FtpException or ProvisioningException)
        {
            return false;
        }
    }

    /// <summary>Nobody listens, so there is nothing that a recorded login could be said to.</summary>
    private async Task AssertNobodyIsInAsync()
    {
        var nobody = await Assert.ThrowsAsync<FtpException>(ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(nobody.InnerException).SocketErrorCode);
    }
}

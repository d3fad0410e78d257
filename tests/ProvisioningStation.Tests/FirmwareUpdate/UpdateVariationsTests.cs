using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>The variations of U-10, U-13 and U-16, each with what goes over TLS in its order. That a board begins (U-14, U-15) and the center is told (U-17) is the gateway's part.</summary>
public sealed class UpdateVariationsTests : UpdateTest
{
    public static TheoryData<UpdateSide, UpdateSide, EraseMethod, string[]> Variations => new()
    {
        { UpdateSide.UpdatingSide, UpdateSide.UpdatingSide, EraseMethod.Overwrite, ["TLS StoreUpdatePassword", "FTP", "TLS StoreUpdatePassword"] },
        { UpdateSide.UpdatingSide, UpdateSide.UpdatingSide, EraseMethod.Forbid, ["TLS StoreUpdatePassword", "FTP", "TLS ForbidUpdatePassword"] },
        { UpdateSide.Board, UpdateSide.UpdatingSide, EraseMethod.Overwrite, ["TLS CreateUpdatePassword", "TLS board sends StoreUpdatePassword", "FTP", "TLS StoreUpdatePassword"] },
        { UpdateSide.UpdatingSide, UpdateSide.Board, EraseMethod.Overwrite, ["TLS StoreUpdatePassword", "FTP", "TLS NotifyUpdateResult True 2.0.0", "TLS board sends StoreUpdatePassword"] },
        {
            UpdateSide.Board,
            UpdateSide.Board,
            EraseMethod.Overwrite,
            ["TLS CreateUpdatePassword", "TLS board sends StoreUpdatePassword", "FTP", "TLS NotifyUpdateResult True 2.0.0", "TLS board sends StoreUpdatePassword"]
        },
    };

    [Theory]
    [MemberData(nameof(Variations))]
    public async Task Variation_HasItsMessages(UpdateSide passwordBy, UpdateSide eraseBy, EraseMethod erase, string[] messages)
    {
        var asked = await Floor.AskAsync(Board, policy: new UpdatePolicy { PasswordBy = passwordBy, EraseBy = eraseBy, Erase = erase });
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Equal(messages, Folded());
        Assert.Null(Board.Armed);
        Assert.Equal(PasswordState.Erased, ended.PasswordState);
        Assert.Null(Floor.Store.OpenPassword(asked.Id));
    }

    [Fact]
    public async Task BoardThatErasesItself_IsErasedByUsWhereTheUpdateFailed()
    {
        Board.ComesUpWith = static _ => "1.0.0";
        var asked = await Floor.AskAsync(Board, policy: new UpdatePolicy { EraseBy = UpdateSide.Board });
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.Failed, ended.Outcome);
        Assert.Equal(["TLS StoreUpdatePassword", "FTP", "TLS StoreUpdatePassword"], Folded());
        Assert.Null(Board.Armed);
    }

    /// <summary>It has perhaps erased the password, and only its message is lost: another one would be armed there.</summary>
    [Theory]
    [InlineData(EraseMethod.Forbid)]
    [InlineData(EraseMethod.Overwrite)]
    public async Task BoardThatNeverErases_IsForbiddenInTheEnd(EraseMethod erase)
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { BoardPasswordWithin = TimeSpan.FromMilliseconds(100) });
        var asked = await floor.AskAsync(Board, policy: new UpdatePolicy { EraseBy = UpdateSide.Board, Erase = erase });
        Board.SendPassword = static (_, _) => Task.CompletedTask; // its message is lost, each time
        var ended = await floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Equal("TLS ForbidUpdatePassword", Board.Messages[^1]);
    }

    [Fact]
    public async Task PasswordThatNobodyWaitsFor_IsRefused()
    {
        var asked = await Floor.AskAsync(Board);
        var wrongTime = await Assert.ThrowsAsync<ProvisioningException>(() => Floor.Runner.TakePasswordAsync(Board.Number.ToString(), "G1", OneTimePassword.Create(), CancellationToken.None));
        var otherGateway = await Assert.ThrowsAsync<ProvisioningException>(() => Floor.Runner.TakePasswordAsync(Board.Number.ToString(), "G2", OneTimePassword.Create(), CancellationToken.None));
        Assert.Equal((ErrorCode.Conflict, ErrorCode.Conflict), (wrongTime.Code, otherGateway.Code));
        Assert.Null(Floor.Store.OpenPassword(asked.Id));
    }

    [Fact]
    public async Task PasswordOfTheBoardThatComesTwice_ChangesNothing()
    {
        var sent = string.Empty;
        Board.Hold = message =>
        {
            if (message == "FTP RETR /version.txt" && Board.Armed is { } password)
                sent = password;
            return sent.Length > 0 ? Floor.Runner.TakePasswordAsync(Board.Number.ToString(), "G1", sent, CancellationToken.None) : Task.CompletedTask;
        };
        var asked = await Floor.AskAsync(Board, policy: new UpdatePolicy { PasswordBy = UpdateSide.Board });
        Assert.Equal(UpdateOutcome.Succeeded, (await RunToOutcomeAsync(asked)).Outcome);
    }

    /// <summary>It was asked twice, for the gateway ended when it had asked: the first password comes behind the second question.</summary>
    [Fact]
    public async Task PasswordOfTheBoardThatHoldsNoMore_IsFollowedByTheOneThatHolds()
    {
        var asked = await Floor.AskAsync(Board, policy: new UpdatePolicy { PasswordBy = UpdateSide.Board });
        Task TakeAsync(string password) => Floor.Runner.TakePasswordAsync(Board.Number.ToString(), "G1", password, CancellationToken.None);
        Board.SendPassword = (_, _) => TakeAsync(OneTimePassword.Create());
        Board.Refused = () => TakeAsync(Board.Armed!);
        Assert.Equal(UpdateOutcome.Succeeded, (await RunToOutcomeAsync(asked)).Outcome);
    }

    [Fact]
    public async Task PasswordOfTheBoardThatItRefuses_EndsTheUpdate()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { BoardPasswordWithin = TimeSpan.FromMilliseconds(300) });
        var asked = await floor.AskAsync(Board, policy: new UpdatePolicy { PasswordBy = UpdateSide.Board });
        Board.RefusesLogins = true;
        var ended = await floor.Runner.RunToOutcomeAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateOutcome.Failed, ErrorCode.UpdateFailed), (ended.Outcome, ended.Code));
        Assert.Contains("refuses the login", ended.Detail, StringComparison.Ordinal);
    }

    private Task<UpdateRecord> RunToOutcomeAsync(UpdateRecord asked) => Floor.Runner.RunToOutcomeAsync(asked.Id, CancellationToken.None);

    /// <summary>The messages over TLS, and for each stretch of FTP one word.</summary>
    private List<string> Folded()
    {
        var folded = new List<string>();
        foreach (var message in Board.Messages.Select(message => message.StartsWith("FTP", StringComparison.Ordinal) ? "FTP" : message))
        {
            if (message != "FTP" || folded.LastOrDefault() != "FTP")
                folded.Add(message);
        }

        return folded;
    }
}

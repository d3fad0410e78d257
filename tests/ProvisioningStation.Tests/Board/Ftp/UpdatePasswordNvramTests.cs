using ProvisioningStation.Board;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>The one-time password where NVRAM is damaged, full, not writable, or cut off in the middle of a write.</summary>
public sealed class UpdatePasswordNvramTests : UpdatePasswordTest
{
    [Fact]
    public void DamagedValue_LetsNobodyIn_AndAnotherCanBeStored()
    {
        Start().Store(Id, First, Gateway);
        var bytes = File.ReadAllBytes(NvramFile);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(NvramFile, bytes);
        var password = Start();
        Assert.Null(password.Door);
        password.Store(Id, Second, Gateway);
        Assert.True(password.TryLogIn(Id, Second));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NvramWithoutRoomForBoth_IsErasedOverTheOldValue(bool overwrites)
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        System.IO.Directory.CreateDirectory(NvramFile + ".tmp"); // nothing can be written beside it
        Erase(password, overwrites);
        Assert.Null(password.Door);
        password = Start();
        Assert.Null(password.Door);
        Erase(password, overwrites); // its answer was lost
        Assert.Null(password.Door);
        Assert.Equal(ErrorCode.WriteFailed, Assert.Throws<ProvisioningException>(() => password.Store(Id, First + "-2", Gateway)).Code); // arming needs room for both
        Assert.Null(password.Door);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void ErasingThatCantBeStored_ClosesThePort_AndIsStoredWhenItCanBe(bool overwrites, bool again)
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        BlockNvram();
        for (var call = 0; call < 2; call++)
        {
            Assert.Equal(ErrorCode.WriteFailed, Assert.Throws<ProvisioningException>(() => Erase(password, overwrites)).Code);
            Assert.Null(password.Door);
            Assert.False(password.TryLogIn(Id, First));
            Assert.Contains("FTP is closed", Health.Problems["nvram/update-password"], StringComparison.Ordinal);
            Time.Pass(TimeSpan.FromSeconds(10));
        }

        ReleaseNvram();
        if (again)
            Erase(password, overwrites);
        else
            Time.Pass(TimeSpan.FromSeconds(10)); // the board by itself
        Assert.Empty(Health.Problems);
        Assert.Equal(PasswordState.Erased, StoredUpdatePassword.Read(NvramFile)?.State);
        Assert.Null(Start().Door);
        password.Store(Id, First + "-2", Gateway);
        Assert.True(password.TryLogIn(Id, First + "-2"));
        Time.Pass(TimeSpan.FromSeconds(10)); // nothing is owed any more
        Assert.NotNull(password.Door);
    }

    [Fact]
    public void LoginThatCantBeNoted_IsRefused()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        BlockNvram();
        Assert.Equal(ErrorCode.WriteFailed, Assert.Throws<ProvisioningException>(() => password.TryLogIn(Id, First)).Code);
        ReleaseNvram();
        Assert.True(password.TryLogIn(Id, First));
    }

    [Fact]
    public void PowerCut_AtEveryWrite_LeavesTheOldOrTheNew()
    {
        var password = Start(); // says where it comes by
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        password.Store(Id, Second, Gateway);
        password.Store(Id, First + "-2", Gateway);
        for (var i = 0; i < UpdatePassword.WrongLoginLimit; i++)
            password.TryLogIn(Id, Second);
        Assert.Equal(BoardKillPoints.OfUpdatePassword.Order(StringComparer.Ordinal), Reached.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

        foreach (var (place, opens) in (ValueTuple<string, bool>[])[(BoardKillPoints.BeforePasswordArmed, false), (BoardKillPoints.AfterPasswordArmed, true)])
        {
            File.Delete(NvramFile);
            Assert.Throws<PowerCut>(() => Start(cutAt: place).Store(Id, First, Gateway));
            Assert.Equal(opens, Start().Door is not null);
        }

        foreach (var (place, opens) in (ValueTuple<string, bool>[])[(BoardKillPoints.BeforePasswordErased, true), (BoardKillPoints.AfterPasswordErased, false)])
        {
            File.Delete(NvramFile);
            var cut = Start(cutAt: place);
            cut.Store(Id, First, Gateway);
            Assert.True(cut.TryLogIn(Id, First));
            Assert.Throws<PowerCut>(() => cut.Store(Id, Second, Gateway));
            var again = Start();
            Assert.Equal(opens, again.Door is not null);
            again.Store(Id, Second, Gateway); // as a caller does that has no answer
            Assert.Null(again.Door);
        }
    }

    [Fact]
    public void PowerCut_BehindTheUseIsNoted_KnowsTheOverwriting()
    {
        var cut = Start(cutAt: BoardKillPoints.AfterPasswordUsed);
        cut.Store(Id, First, Gateway);
        Assert.Throws<PowerCut>(() => cut.TryLogIn(Id, First));
        var password = Start();
        password.Store(Id, Second, Gateway);
        Assert.Null(password.Door);
    }

    private static void Erase(UpdatePassword password, bool overwrites)
    {
        if (overwrites)
            password.Store(Id, Second, Gateway);
        else
            password.Forbid(Id, Gateway);
    }

    /// <summary>Neither beside the value nor over it anything can be written; what a start would read of it is nothing.</summary>
    private void BlockNvram()
    {
        File.Delete(NvramFile);
        System.IO.Directory.CreateDirectory(NvramFile);
    }

    private void ReleaseNvram() => System.IO.Directory.Delete(NvramFile);
}

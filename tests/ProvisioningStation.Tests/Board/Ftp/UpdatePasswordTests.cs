using System.Net;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>The rules of the one-time password, without a network.</summary>
public sealed class UpdatePasswordTests : UpdatePasswordTest
{
    [Fact]
    public void NothingStored_IsClosed_AndNobodyLogsIn()
    {
        var password = Start();
        Assert.Null(password.Door);
        Assert.False(password.TryLogIn(Id, First));
        password.Forbid(Id, Gateway); // forbidden already
        password.Overwrite(Second, Gateway);
        Assert.Null(password.Door);
    }

    [Fact]
    public void Stored_OpensForThePeersAddress_AndThatIdAndPasswordOnly()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Assert.Equal(Gateway.Address, password.Door?.Address);
        Assert.False(password.TryLogIn("gateway-2", First));
        Assert.False(password.TryLogIn(Id, Second));
        Assert.True(password.TryLogIn(Id, First));
        Assert.True(password.TryLogIn(Id, First));
    }

    [Fact]
    public void Nvram_HoldsNoPassword()
    {
        Start().Store(Id, First, Gateway);
        Assert.DoesNotContain(First, File.ReadAllText(NvramFile), StringComparison.Ordinal);
    }

    [Fact]
    public void SamePasswordAgain_ChangesNothing_BeforeAndBehindALogin()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        var stored = Stored();
        password.Store(Id, First, Gateway);
        Assert.Equal(stored, Stored());
        Assert.True(password.TryLogIn(Id, First));
        stored = Stored();
        password.Store(Id, First, Gateway);
        Assert.Equal(stored, Stored());
        Assert.NotNull(password.Door);
    }

    [Fact]
    public void OtherPasswordBehindALogin_Overwrites_AndNeitherLogsInAnyMore()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        password.Store(Id, Second, Gateway);
        Assert.Null(password.Door);
        Assert.False(password.TryLogIn(Id, First));
        Assert.False(password.TryLogIn(Id, Second));
        password.Store(Id, Second, Gateway); // its answer was lost
        Assert.Null(password.Door);
        Assert.Null(Start().Door);
    }

    [Fact]
    public void OtherPasswordBeforeALogin_TakesItsPlace()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        password.Store(Id, Second, Gateway);
        Assert.False(password.TryLogIn(Id, First));
        Assert.True(password.TryLogIn(Id, Second));
    }

    [Fact]
    public void NextUpdateBehindAnErasedOne_Arms_AndTheErasedPasswordNeverDoes()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        password.Forbid(Id, Gateway);
        Assert.Null(password.Door);
        password.Store(Id, First, Gateway);
        Assert.Null(password.Door);
        password.Store(Id, Second, Station);
        Assert.Equal(Station.Address, password.Door?.Address);
    }

    [Fact]
    public void OtherPeer_WhileArmed_IsAConflict_AndChangesNothing()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        foreach (var change in (Action[])[() => password.Store(Id, Second, Station), () => password.Store(Id, First, Station), () => password.Arm(Id, Second, Station), () => password.Forbid(Id, Station), () => password.Overwrite(Second, Station)])
            Assert.Equal(ErrorCode.Conflict, Assert.Throws<ProvisioningException>(change).Code);
        Assert.True(password.TryLogIn(Id, First));
    }

    [Fact]
    public void SamePeerFromAnotherAddress_IsServedThere()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        password.Store(Id, First, Gateway with { Address = IPAddress.Parse("127.0.0.9") });
        Assert.Equal(IPAddress.Parse("127.0.0.9"), password.Door?.Address);
    }

    [Fact]
    public void TimeLimit_ClosesThePort_WhateverTheWallClockDoes_AndThenAnybodyMayArm()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Time.WallClock += TimeSpan.FromDays(400);
        Assert.True(password.TryLogIn(Id, First));
        Time.Pass(TimeSpan.FromMinutes(59));
        Assert.NotNull(password.Door);
        Time.Pass(TimeSpan.FromMinutes(1));
        Assert.Null(password.Door);
        Assert.False(password.TryLogIn(Id, First));
        password.Store("station", Second, Station);
        Assert.True(password.TryLogIn("station", Second));
    }

    [Fact]
    public void TimeLimit_PassedAndStoredAgain_OpensAnew()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Time.Pass(TimeSpan.FromHours(1));
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        Time.Pass(TimeSpan.FromHours(1));
        password.Store(Id, Second, Gateway); // used: this is the overwriting, late
        Assert.Null(password.Door);
        Assert.False(password.TryLogIn(Id, Second));
    }

    [Fact]
    public void TimeLimit_BeginsAnewWithAStart_AndStaysUsed()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        Time.Pass(TimeSpan.FromMinutes(50));
        password = Start();
        Time.Pass(TimeSpan.FromMinutes(50));
        Assert.True(password.TryLogIn(Id, First));
        password.Store(Id, Second, Gateway);
        Assert.Null(password.Door);
    }

    [Fact]
    public void ThreeWrongLogins_CloseThePort_AlsoOverAStart_UntilItIsStoredAgain()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        for (var i = 0; i < UpdatePassword.WrongLoginLimit; i++)
            Assert.False(password.TryLogIn(Id, Second));
        Assert.Null(password.Door);
        Assert.False(password.TryLogIn(Id, First));
        password = Start();
        Assert.Null(password.Door);
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
    }

    [Fact]
    public void SmallUpdater_HasNoTimeLimit_AndOpensAgainBehindWrongLogins()
    {
        Start().Store(Id, First, Gateway);
        var password = Start(limit: null);
        Time.Pass(TimeSpan.FromDays(1000));
        Assert.True(password.TryLogIn(Id, First));
        for (var i = 0; i < UpdatePassword.WrongLoginLimit; i++)
            Assert.False(password.TryLogIn(Id, Second));
        Assert.Null(password.Door);
        Time.Pass(TimeSpan.FromMinutes(1));
        Assert.True(password.TryLogIn(Id, First));
    }

    [Fact]
    public void SmallUpdater_BehindALockedPort_IsOpen_BehindAnErasedPasswordIsNot()
    {
        var password = Start();
        password.Store(Id, First, Gateway);
        for (var i = 0; i < UpdatePassword.WrongLoginLimit; i++)
            password.TryLogIn(Id, Second);
        Assert.NotNull(Start(limit: null).Door);
        password.Store(Id, First, Gateway);
        password.Forbid(Id, Gateway);
        Assert.Null(Start(limit: null).Door);
    }

    [Fact]
    public void BoardMakesIt_ArmsAndOverwrites()
    {
        var password = Start();
        password.Arm(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        password.Arm(Id, Second, Gateway);
        Assert.True(password.TryLogIn(Id, Second));
        password.Overwrite(First, Gateway);
        Assert.Null(password.Door);
        password.Store(Id, First, Gateway);
        Assert.Null(password.Door);
    }

    [Theory]
    [InlineData("", "long-enough-password-1")]
    [InlineData("with space", "long-enough-password-1")]
    [InlineData("with\r\nline", "long-enough-password-1")]
    [InlineData("name", "fifteen-letters")]
    [InlineData("name", "with space in the middle of it")]
    [InlineData("name", "with-ümlaut-in-the-middle")]
    public void WhatCantBeSaidOverFtp_IsRefused_WithoutTheSecret(string id, string secret)
    {
        var refused = Assert.Throws<ProvisioningException>(() => Start().Store(id, secret, Gateway));
        Assert.Equal(ErrorCode.MalformedRequest, refused.Code);
        Assert.DoesNotContain(secret, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(NvramFile));
    }

    private string Stored() => File.ReadAllText(NvramFile);
}

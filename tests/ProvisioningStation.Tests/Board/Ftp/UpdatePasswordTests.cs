using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ProvisioningStation.Board;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>The rules of the one-time password, without a network.</summary>
public sealed class UpdatePasswordTests : IDisposable
{
    private const string Id = "gateway-1";
    private const string First = "FIRST-PASSWORD-23456";
    private const string Second = "SECOND-PASSWORD-2345";

    private static readonly UpdatePeer Gateway = new(Role.Gateway, "site-1", IPAddress.Parse("127.0.0.1"));
    private static readonly UpdatePeer Station = new(Role.LineStation, "1001", IPAddress.Parse("127.0.0.2"));

    private readonly TemporaryDirectory _directory = new();
    private readonly SteppedTime _time = new();
    private readonly HealthState _health = new(TimeProvider.System);
    private readonly List<string> _reached = [];
    private readonly List<UpdatePassword> _all = [];

    public UpdatePasswordTests() => System.IO.Directory.CreateDirectory(_directory["nvram"]);

    public void Dispose()
    {
        foreach (var password in _all)
            password.Dispose();
        _directory.Dispose();
    }

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
        Assert.DoesNotContain(First, File.ReadAllText(_directory["nvram/update-password"]), StringComparison.Ordinal);
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
        _time.WallClock += TimeSpan.FromDays(400);
        Assert.True(password.TryLogIn(Id, First));
        _time.Pass(TimeSpan.FromMinutes(59));
        Assert.NotNull(password.Door);
        _time.Pass(TimeSpan.FromMinutes(1));
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
        _time.Pass(TimeSpan.FromHours(1));
        password.Store(Id, First, Gateway);
        Assert.True(password.TryLogIn(Id, First));
        _time.Pass(TimeSpan.FromHours(1));
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
        _time.Pass(TimeSpan.FromMinutes(50));
        password = Start();
        _time.Pass(TimeSpan.FromMinutes(50));
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
        _time.Pass(TimeSpan.FromDays(1000));
        Assert.True(password.TryLogIn(Id, First));
        for (var i = 0; i < UpdatePassword.WrongLoginLimit; i++)
            Assert.False(password.TryLogIn(Id, Second));
        Assert.Null(password.Door);
        _time.Pass(TimeSpan.FromMinutes(1));
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
        Assert.False(File.Exists(_directory["nvram/update-password"]));
    }

    [Fact]
    public void DamagedValue_LetsNobodyIn_AndAnotherCanBeStored()
    {
        Start().Store(Id, First, Gateway);
        var bytes = File.ReadAllBytes(_directory["nvram/update-password"]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_directory["nvram/update-password"], bytes);
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
        System.IO.Directory.CreateDirectory(_directory["nvram/update-password.tmp"]); // nothing can be written beside it
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
            Assert.Contains("FTP is closed", _health.Problems["nvram/update-password"], StringComparison.Ordinal);
            _time.Pass(TimeSpan.FromSeconds(10));
        }

        ReleaseNvram();
        if (again)
            Erase(password, overwrites);
        else
            _time.Pass(TimeSpan.FromSeconds(10)); // the board by itself
        Assert.Empty(_health.Problems);
        Assert.Equal(PasswordState.Erased, StoredUpdatePassword.Read(_directory["nvram/update-password"])?.State);
        Assert.Null(Start().Door);
        password.Store(Id, First + "-2", Gateway);
        Assert.True(password.TryLogIn(Id, First + "-2"));
        _time.Pass(TimeSpan.FromSeconds(10)); // nothing is owed any more
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
        Assert.Equal(BoardKillPoints.OfUpdatePassword.Order(StringComparer.Ordinal), _reached.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

        foreach (var (place, opens) in (ValueTuple<string, bool>[])[(BoardKillPoints.BeforePasswordArmed, false), (BoardKillPoints.AfterPasswordArmed, true)])
        {
            File.Delete(_directory["nvram/update-password"]);
            Assert.Throws<PowerCut>(() => Start(cutAt: place).Store(Id, First, Gateway));
            Assert.Equal(opens, Start().Door is not null);
        }

        foreach (var (place, opens) in (ValueTuple<string, bool>[])[(BoardKillPoints.BeforePasswordErased, true), (BoardKillPoints.AfterPasswordErased, false)])
        {
            File.Delete(_directory["nvram/update-password"]);
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
        File.Delete(_directory["nvram/update-password"]);
        System.IO.Directory.CreateDirectory(_directory["nvram/update-password"]);
    }

    private void ReleaseNvram() => System.IO.Directory.Delete(_directory["nvram/update-password"]);

    private string Stored() => File.ReadAllText(_directory["nvram/update-password"]);

    private UpdatePassword Start(string? cutAt = null) => Start(TimeSpan.FromHours(1), cutAt);

    /// <summary>A board starts: only NVRAM is left of what was before.</summary>
    private UpdatePassword Start(TimeSpan? limit, string? cutAt = null)
    {
        var map = new MemoryMap(new DataDirectory(_directory.Path));
        var password = new UpdatePassword(map, new UpdatePasswordTerms(limit), _time, new MemoryReport(_health, NullLogger<MemoryReport>.Instance), NullLogger<UpdatePassword>.Instance, place =>
        {
            _reached.Add(place);
            if (place == cutAt)
                throw new PowerCut();
        });
        password.Follow(static _ => { });
        _all.Add(password);
        return password;
    }

    private sealed class PowerCut : Exception;
}

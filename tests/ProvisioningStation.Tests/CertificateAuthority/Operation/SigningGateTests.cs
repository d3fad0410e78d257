using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>When the gate is closed, what opens it, and what it remembers.</summary>
public sealed class SigningGateTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly SettableTime _time = new(Noon);
    private readonly HealthState _health = new(TimeProvider.System);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void ClockBehindWhatWasRecorded_ClosesUntilItHasCaughtUp()
    {
        var (gate, clock) = Open();
        clock.Seen("2026-03-04T14:00:00.000Z");
        Assert.Contains("14:00:00", Assert.Throws<ProvisioningException>(gate.Require).Message, StringComparison.Ordinal);
        Assert.Contains("clock", _health.Problems.Keys);
        _time.Now = Noon.AddHours(2);
        gate.Require();
        Assert.Empty(_health.Problems);
    }

    [Fact]
    public void ClockSetBackWhileRunning_IsNoticedAndKeptAcrossARestart()
    {
        var (gate, _) = Open();
        gate.Require();
        _time.Now = Noon.AddMinutes(-6);
        Assert.Throws<ProvisioningException>(gate.Require);
        (gate, _) = Open();
        Assert.Throws<ProvisioningException>(gate.Require);
        _time.Now = Noon;
        gate.Require();
        _time.Now = Noon.AddMinutes(-4); // within the tolerance
        gate.Require();
    }

    [Fact]
    public void ClockThatAnAdministratorCallsRight_IsTakenAsItIs()
    {
        var (gate, clock) = Open();
        clock.Seen("2030-01-01T00:00:00.000Z");
        Assert.Throws<ProvisioningException>(gate.Require);
        gate.Resume();
        gate.Require();
        Open().Gate.Require();
        _time.Now = Noon.AddHours(-1);
        Assert.Throws<ProvisioningException>(gate.Require);
    }

    [Fact]
    public void AcceptedFinding_ClosesNoMoreAndANewOneDoes()
    {
        var (gate, _) = Open();
        Assert.True(gate.Stop("page 7 is\tdamaged\nbadly", "page-7"));
        Assert.False(gate.Stop("page 7 is damaged", "page-7"));
        (gate, _) = Open();
        Assert.Equal(["page 7 is damaged badly"], gate.Reasons);
        gate.Resume();
        Assert.False(gate.Stop("page 7 is damaged", "page-7"));
        gate.Require();
        (gate, _) = Open();
        Assert.False(gate.Stop("page 7 is damaged", "page-7"));
        Assert.Equal(["page 7 is damaged badly"], gate.Accepted);
        Assert.True(gate.Stop("page 8 is damaged", "page-8"));
        Assert.Equal(ErrorCode.SigningStopped, Assert.Throws<ProvisioningException>(gate.Require).Code);
    }

    private (SigningGate Gate, ClockGuard Clock) Open()
    {
        var data = new DataDirectory(Path.GetDirectoryName(_directory["x"])!);
        var clock = new ClockGuard(data, _health, _time, new IntegrityOptions());
        return (new SigningGate(data, _health, clock), clock);
    }
}

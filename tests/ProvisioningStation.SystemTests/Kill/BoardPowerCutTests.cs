using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>The power goes in the middle of a slot's bytes, on a real line: the board comes back with what it had, and the next scans end with one valid certificate.</summary>
public sealed class BoardPowerCutTests(KillFactory running) : UnitKillTests(running), IClassFixture<KillFactory>
{
    [Theory]
    [InlineData("certificate", 0)]
    [InlineData("certificate", 1)]
    [InlineData("certificate", 1024)]
    [InlineData("certificate", 2000)]
    [InlineData("common-flash", 0)]
    [InlineData("common-flash", 900)]
    [InlineData("common-nvram", 0)]
    [InlineData("common-nvram", 1500)]
    public Task PowerCutAtAByte_EndsProved(string area, int at) => CutBoardsPowerAsync($"board.{area}.byte-{at}", ("cut-power-at-byte", $"{area} {at}\n"));
}

/// <summary>As <see cref="BoardPowerCutTests"/>, at a board that makes its own key (P-28): half a request is none, and half a certificate leaves the request open.</summary>
public sealed class OwnKeyPowerCutTests(OwnKeyKillFactory running) : UnitKillTests(running), IClassFixture<OwnKeyKillFactory>
{
    [Theory]
    [InlineData("certificate-request", 0)]
    [InlineData("certificate-request", 13)]
    [InlineData("certificate-request", 300)]
    [InlineData("certificate", 0)]
    [InlineData("certificate", 1500)]
    public Task PowerCutAtAByte_EndsProved(string area, int at) => CutBoardsPowerAsync($"board.{area}.byte-{at}", ("cut-power-at-byte", $"{area} {at}\n"));
}

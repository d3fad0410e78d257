using ProvisioningStation.Board;
using ProvisioningStation.LineStation;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>Power cuts of a board that makes its own key (P-28), at the places where only such a board comes by: the request in flash, and its end when the certificate is in place.</summary>
public sealed class OwnKeyBoardKillTests(OwnKeyKillFactory running) : UnitKillTests(running), IClassFixture<OwnKeyKillFactory>
{
    public static TheoryData<string> Points => [.. BoardKillPoints.OfOwnKey];

    [Theory]
    [MemberData(nameof(Points))]
    public Task BoardThatLosesPower_EndsProved(string point) => CutBoardsPowerAsync(point);
}

/// <summary>A station that dies around the request of a board that makes its own key (P-28).</summary>
public sealed class OwnKeyStationKillTests(OwnKeyKillFactory running) : UnitKillTests(running), IClassFixture<OwnKeyKillFactory>
{
    public static TheoryData<string> Points => [.. LineStationKillPoints.OnTheRequest];

    [Theory]
    [MemberData(nameof(Points))]
    public Task StationThatDies_EndsWithTheUnitProved(string point) => KillProgramAsync(Factory.Line.Station, point);
}

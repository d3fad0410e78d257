using ProvisioningStation.Board;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>The shipped configuration of stations and board is read whole; a wrong value is refused by name.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("1001")]
    [InlineData("1002")]
    [InlineData("1003")]
    public async Task ShippedStation_IsRead(string line)
    {
        new TestPki().WritePart(_directory.Path, Role.LineStation, line);
        await using var app = LineStationApp.Build(["--config", RepositoryFiles.Resolve($"station-config/line-{line}.json"), "--data", _directory.Path]);
        Settings.RefuseUnknownSections(app.Configuration);
    }

    [Fact]
    public async Task ShippedBoard_IsRead()
    {
        await using var app = BoardApp.Build(["--config", RepositoryFiles.Resolve("station-config/board.json"), "--data", _directory.Path]);
        Settings.RefuseUnknownSections(app.Configuration);
    }

    [Theory]
    [InlineData("--Scanner:Baud=1234", "Baud")]
    [InlineData("--Board:Address=http://127.0.0.1", "Address")]
    [InlineData("--Terminal:Timeout=01:00:00", "Timeout")]
    [InlineData("--BoardLine:WatchInterval=00:00:00", "WatchInterval")]
    [InlineData("--Line:Name=", "Name")]
    public void WrongValue_IsRefusedByName(string argument, string key)
    {
        string[] arguments = ["--config", RepositoryFiles.Resolve("station-config/line-1001.json"), "--data", _directory.Path, argument];
        Assert.Contains(key, Assert.Throws<ConfigurationException>(() => LineStationApp.Build(arguments)).Message, StringComparison.Ordinal);
    }
}

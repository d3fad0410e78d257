using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>The unit files of a line, as systemd itself reads them.</summary>
public sealed class DeploymentTests
{
    [TheoryNeeds("systemd-analyze")]
    [InlineData("line-station", "1001", "--system")]
    [InlineData("kiosk", "7471", "--user")]
    public async Task UnitFile_HasNothingThatSystemdDoesNotKnow(string name, string instance, string manager)
    {
        var folder = Directory.CreateTempSubdirectory("units").FullName;
        try
        {
            // The programs are not installed where a test runs; any program stands in for them.
            var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src", "LineStation", "Deployment", name + "@.service"));
            Assert.Contains("ExecStart=/usr/bin/", text, StringComparison.Ordinal);
            var unit = Path.Combine(folder, $"{name}@{instance}.service");
            await File.WriteAllTextAsync(unit, text.Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal).Replace("/usr/bin/chromium", "/bin/true", StringComparison.Ordinal));
            var (code, output, error) = await Tool.RunAsync("env", ["XDG_RUNTIME_DIR=" + folder, "systemd-analyze", "verify", "--man=no", manager, unit]);
            Assert.True(code == 0 && output.Length + error.Length == 0, $"{code} {output} {error}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

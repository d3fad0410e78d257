using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.CertificateAuthority;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl ca revoke</c>, <c>crl</c> and <c>issuers</c> against a real CA.</summary>
public sealed class RevocationCommandsTests : IAsyncLifetime
{
    private readonly MachineNumber[] _numbers = Numbers("3012", 1, 3);
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync();
        await _ca.IssueAsync(RequestId.New(), _numbers);
    }

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Revoke_NeedsConsentAndDryRunChangesNothing()
    {
        var number = _numbers[0].ToString();
        var (code, _, error) = await StationCtl.RunAsync(_ca, "revoke", number, "--reason", "keyCompromise");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("--yes", error, StringComparison.Ordinal);
        var dry = await StationCtl.RunAsync(_ca, "revoke", number, "--dry-run");
        Assert.Equal(ExitCode.Ok, dry.ExitCode);
        Assert.Contains("Would be revoked: 1", dry.Output, StringComparison.Ordinal);
        Assert.Equal(["Issued"], _ca.States(_numbers[0]));
        Assert.Equal(ExitCode.Ok, (await StationCtl.RunAsync(_ca, "revoke", number, "--reason", "keyCompromise", "--yes")).ExitCode);
        Assert.Equal(["Revoked"], _ca.States(_numbers[0]));
    }

    [Fact]
    public async Task Revoke_OfSeveralOfWhichOneIsUnknown_IsPartlyDone()
    {
        var (code, output, error) = await StationCtl.RunAsync(_ca, "revoke", _numbers[0].ToString(), "3012-999999", _numbers[1].ToString(), "--yes", "--json");
        Assert.Equal(ExitCode.Partly, code);
        Assert.Contains("3012-999999", error, StringComparison.Ordinal);
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetProperty("revoked").GetInt32());
        Assert.Equal(["Revoked"], _ca.States(_numbers[1]));
        Assert.Equal(["Issued"], _ca.States(_numbers[2]));
        Assert.Equal(ExitCode.NotFound, (await StationCtl.RunAsync(_ca, "revoke", "3012-999999", "--yes")).ExitCode);
        Assert.Equal(ExitCode.NotAllowed, (await StationCtl.RunAsync(_ca, "revoke", _numbers[2].ToString(), "--yes", "--as", "operator")).ExitCode);
    }

    [Fact]
    public async Task CrlAndIssuers_AreShown()
    {
        var published = await StationCtl.RunAsync(_ca, "crl", "publish", "--json");
        Assert.Equal(ExitCode.Ok, published.ExitCode);
        var number = JsonDocument.Parse(published.Output).RootElement[0].GetProperty("number").GetInt64();
        var shown = await StationCtl.RunAsync(_ca, "crl", "show", "--json", "--as", "auditor");
        Assert.InRange(JsonDocument.Parse(shown.Output).RootElement[0].GetProperty("number").GetInt64(), number, number + 1);
        var issuers = await StationCtl.RunAsync(_ca, "issuers");
        Assert.Equal(ExitCode.Ok, issuers.ExitCode);
        Assert.Contains("/ca/devices-1.cer", issuers.Output, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.CertificateAuthority;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl ca quotas</c>, <c>orders</c> and <c>statistics</c> against the real CA.</summary>
public sealed class QuotaCommandsTests : IAsyncLifetime
{
    private static readonly string[] Proposal = ["quotas", "propose", "--factory", "F1", "--model", "3012", "--from", "2096-12-01", "--to", "2096-12-31", "--amount", "34000", "--note", "plan"];

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await RunningAuthority.StartWithoutQuotasAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Quota_IsProposedApprovedShownAndWithdrawn()
    {
        var proposed = await QuotaAsync(Proposal);
        Assert.Equal((QuotaState.Proposed, 34_000L), (proposed.State, proposed.Amount));
        var id = $"{proposed.Id}";
        Assert.Equal(ExitCode.NotAllowed, (await RunAsync("quotas", "approve", id)).ExitCode);
        Assert.Equal(QuotaState.Approved, (await QuotaAsync("quotas", "approve", id, "--as", "approver")).State);
        Assert.Equal(ExitCode.Conflict, (await RunAsync("quotas", "reject", id, "--note", "late", "--as", "approver")).ExitCode);

        var (_, table, _) = await RunAsync("quotas", "list", "--state", "Approved", "--active", "2096-12-31");
        Assert.Contains("34000", table, StringComparison.Ordinal);
        Assert.Contains("Administrator administrator", table, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Local, (await RunAsync("quotas", "withdraw", id, "--note", "stop")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await RunAsync("quotas", "withdraw", id, "--note", "stop", "--dry-run")).ExitCode);
        Assert.Equal(QuotaState.Approved, (await QuotaAsync("quotas", "show", id)).State);
        Assert.Equal(QuotaState.Withdrawn, (await QuotaAsync("quotas", "withdraw", id, "--note", "stop", "--yes")).State);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("quotas", "show", "99")).ExitCode);
    }

    [Fact]
    public async Task Statistics_ShowTotalsAndQuotas()
    {
        await _ca.ApproveQuotaAsync("3012", 34_567);
        var (code, table, error) = await RunAsync("statistics", "--by", "Model", "--as", "auditor");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("34567", table, StringComparison.Ordinal);
        Assert.Contains("Total", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OrderThatIsNoSignedMessage_IsSaidWithTheReason()
    {
        var file = Path.Combine(_ca.Directory, "order.cms");
        await File.WriteAllTextAsync(file, "no order");
        var (code, _, error) = await RunAsync("orders", "import", file);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("not CMS SignedData", error, StringComparison.Ordinal);
    }

    private async Task<Quota> QuotaAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync([.. arguments, "--json"]);
        Assert.True(code == ExitCode.Ok, error);
        return JsonSerializer.Deserialize<Quota>(output, JsonForm.Options)!;
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => StationCtl.RunAsync(_ca, arguments);
}

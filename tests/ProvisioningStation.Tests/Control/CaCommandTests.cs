using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.Control;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.CertificateAuthority;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl ca</c> against a running CA: what it shows, and what it tells a script.</summary>
public sealed class CaCommandTests : IAsyncLifetime
{
    private RunningAuthority _authority = null!;

    public async Task InitializeAsync()
    {
        _authority = await RunningAuthority.StartAsync();
        await _authority.IssueAsync(RequestId.New(), RunningAuthority.Numbers("3012", 1, 3));
        await _authority.IssueAsync(RequestId.New(), RunningAuthority.Numbers("A123", 1, 2));
    }

    public async Task DisposeAsync() => await _authority.DisposeAsync();

    [Fact]
    public async Task Certificates_AreListedShownAndExported()
    {
        var (code, output, error) = await StationCtl.RunAsync(_authority, "certificates", "list", "--model", "3012", "--json");
        Assert.True(code == ExitCode.Ok, error);
        var certificates = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["3012-000001", "3012-000002", "3012-000003"], certificates.EnumerateArray().Select(one => one.GetProperty("machineNumber").GetString()));
        var serial = certificates[1].GetProperty("serialNumber").GetString()!;

        var shown = await StationCtl.RunAsync(_authority, "certificates", "show", serial);
        Assert.Equal(ExitCode.Ok, shown.ExitCode);
        Assert.Contains("3012-000002", shown.Output, StringComparison.Ordinal);
        Assert.Equal(3, shown.Output.Split("-----BEGIN CERTIFICATE-----").Length - 1); // with its chain up to the root
        Assert.DoesNotContain("PRIVATE", shown.Output, StringComparison.Ordinal);

        var exported = await StationCtl.RunAsync(_authority, "certificates", "export", "--as", "operator");
        Assert.StartsWith("serialNumber,machineNumber,state,", exported.Output, StringComparison.Ordinal);
        Assert.Equal(6, exported.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Machine_IsShownWithAllItsCertificatesAndItsHistory()
    {
        var number = RunningAuthority.Numbers("3012", 1, 1).Single();
        await _authority.ReissueAsync(RequestId.New(), number);
        var (code, output, error) = await StationCtl.RunAsync(_authority, "machines", "show", number.ToString(), "--json");
        Assert.True(code == ExitCode.Ok, error);
        var machine = JsonDocument.Parse(output).RootElement;
        Assert.Equal("Issued", machine.GetProperty("current").GetProperty("state").GetString());
        Assert.Equal("Superseded", Assert.Single(machine.GetProperty("earlier").EnumerateArray()).GetProperty("state").GetString());
        Assert.Contains(machine.GetProperty("history").EnumerateArray(), happened => happened.GetProperty("action").GetString() == "Superseded");
    }

    [Fact]
    public async Task Requests_AreListedAndShown()
    {
        var (_, output, _) = await StationCtl.RunAsync(_authority, "requests", "list", "--factory", "F1", "--json");
        var requests = JsonDocument.Parse(output).RootElement;
        Assert.Equal([2, 3], requests.EnumerateArray().Select(one => one.GetProperty("certificates").GetInt32()));
        var shown = await StationCtl.RunAsync(_authority, "requests", "show", requests[1].GetProperty("requestId").GetString()!, "--limit", "2");
        Assert.Contains("2 of 3; more with --limit.", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--state: 'Foo' is not possible. Allowed: ", "certificates", "list", "--state", "Foo")]
    [InlineData("--limit: 'many' is not a number.", "certificates", "list", "--limit", "many")]
    [InlineData("id: 'abc' is not a number.", "quotas", "show", "abc")]
    [InlineData("--as: 'nobody' is not possible. Allowed: administrator, ", "quotas", "list", "--as", "nobody")]
    [InlineData("--model", "quotas", "propose", "--factory", "F1")]
    public async Task WrongArgument_IsTold_WithoutTypesOfThisProgram(string expected, params string[] arguments)
    {
        var (code, _, error) = await StationCtl.RunAsync(_authority, arguments);
        Assert.Equal(ExitCode.Local, code);
        Assert.StartsWith("stationctl: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("ProvisioningStation.", error, StringComparison.Ordinal);
        Assert.EndsWith($"What is possible: stationctl ca {arguments[0]} {arguments[1]} --help", error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShortenedList_SaysThatThereIsMore()
    {
        var shortened = await StationCtl.RunAsync(_authority, "certificates", "list", "--limit", "2");
        Assert.EndsWith("The first 2; more with --limit, all as CSV with export.", shortened.Output.TrimEnd(), StringComparison.Ordinal);
        var whole = await StationCtl.RunAsync(_authority, "certificates", "list");
        Assert.DoesNotContain("--limit", whole.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResumeWhereNothingIsStopped_IsAConflict_BeforeAnybodyIsAsked()
    {
        var (code, _, error) = await StationCtl.RunAsync(_authority, "signing", "resume", "--note", "all well");
        Assert.Equal(ExitCode.Conflict, code);
        Assert.Equal("stationctl: Signing is not stopped. (Conflict)", error.TrimEnd());
    }

    [Theory]
    [InlineData(ExitCode.NotFound, "machines", "show", "3012-999999")]
    [InlineData(ExitCode.Local, "machines", "show", "3012")]
    [InlineData(ExitCode.Local, "certificates", "list", "--expires-to", "soon")]
    [InlineData(ExitCode.Local, "certificates", "list", "--as", "nobody")]
    [InlineData(ExitCode.Local, "certificates", "list", "--context", "plant7")]
    public async Task ExitCode_SaysWhatKindOfRefusalItWas(ExitCode expected, params string[] arguments)
    {
        var (code, output, error) = await StationCtl.RunAsync(_authority, arguments);
        Assert.Equal(expected, code);
        Assert.NotEmpty(error);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CaThatDoesNotAnswer_IsExitCode2()
    {
        await _authority.Services.GetRequiredService<IHost>().StopAsync(CancellationToken.None);
        var (code, _, error) = await StationCtl.RunAsync(_authority, "requests", "list");
        Assert.Equal(ExitCode.Server, code);
        Assert.Contains("can't be reached", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PartWithoutARole_IsExitCode3()
    {
        var home = Path.Combine(_authority.Directory, "home");
        Directory.CreateDirectory(home);
        await StationCtl.RunAsync(home, null, "context", "add", "line", "--address", _authority.Address.ToString(), "--identity", Path.Combine(_authority.Directory, "line-1001"));
        var (code, _, error) = await StationCtl.RunAsync(home, null, "ca", "requests", "list");
        Assert.Equal(ExitCode.NotAllowed, code);
        Assert.Contains("LineStation 1001 may not use this. Allowed: Administrator", error, StringComparison.Ordinal);
    }
}

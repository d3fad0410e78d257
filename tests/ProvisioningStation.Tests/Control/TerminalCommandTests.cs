using System.Text.Json;
using Dapper;
using ProvisioningStation.CommunicationTerminal.Records.Reports;
using ProvisioningStation.Control;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl terminal</c> against a running terminal: what it shows, and what it tells a script.</summary>
public sealed class TerminalCommandTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--Listen:Port=0");
        await _terminal.PlanAsync(_terminal.Row("3012", 3, firstSerial: 1), _terminal.Row("A123", 1, firstSerial: 1));
        await _terminal.RunBatchAsync();
        await _terminal.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task Units_AreListedByModel_PageByPage()
    {
        var (code, output, error) = await RunAsync("units", "list", "--model", "3012", "--limit", "2", "--json");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(["3012-000001", "3012-000002"], JsonDocument.Parse(output).RootElement.EnumerateArray().Select(unit => unit.GetProperty("machineNumber").GetString()));
        var rest = await RunAsync("units", "list", "--model", "3012", "--after", "3012-000002");
        Assert.Contains("3012-000003", rest.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("A123", rest.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_IsShownAndRunOnDemand()
    {
        _authority.RefuseIssue = static numbers => new ProvisioningException(ErrorCode.QuotaExceeded, $"No quota for {numbers[0].Model}.");
        _terminal.Time.Now += TimeSpan.FromDays(1);
        var yesterday = _terminal.Today.AddDays(-1);
        await _terminal.PlanAsync(_terminal.Row("3012", 3, firstSerial: 1, date: yesterday), _terminal.Row("A123", 1, firstSerial: 1, date: yesterday), _terminal.Row("3012", 2));
        var (code, output, error) = await RunAsync("batch", "run", "--wait", "--json");
        Assert.True(code == ExitCode.Partly, error);
        var waiting = JsonDocument.Parse(output).RootElement;
        Assert.Equal("Waiting", waiting.GetProperty("state").GetString());
        Assert.Equal("QuotaExceeded", Assert.Single(waiting.GetProperty("waiting").EnumerateArray()).GetProperty("code").GetString());
        Assert.Contains("No quota for 3012.", (await RunAsync("batch", "status")).Output, StringComparison.Ordinal);

        _authority.RefuseIssue = static _ => null;
        Assert.Equal(ExitCode.Ok, (await RunAsync("batch", "run", "--wait")).ExitCode);
        var status = JsonDocument.Parse((await RunAsync("batch", "status", "--json")).Output).RootElement;
        Assert.Equal(("Done", 2, 2), (status.GetProperty("state").GetString(), status.GetProperty("stored").GetInt32(), status.GetProperty("total").GetInt32()));
        Assert.Equal(["3012", "A123"], status.GetProperty("leftOvers").EnumerateArray().Select(left => left.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task Units_AreExportedAsCsv()
    {
        var (code, output, error) = await RunAsync("units", "export", "--state", "Stored", "--plan-from", "2026-11-21");
        Assert.True(code == ExitCode.Ok, error);
        Assert.StartsWith("machineNumber,model,planDate,state,", output, StringComparison.Ordinal);
        Assert.Equal(5, output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("\r\n3012-000002,3012,2026-11-21,Stored,1,,,,,", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unit_IsShownWithItsCertificateAndItsSteps()
    {
        var pack = (await _terminal.RequestAsync("3012-000001")).CertificatePack;
        await _terminal.ResultAsync("3012-000001", 1, succeeded: true, fingerprint: pack.Fingerprint);
        var (code, output, error) = await RunAsync("units", "show", "3012-000001", "--json");
        Assert.True(code == ExitCode.Ok, error);
        var unit = JsonDocument.Parse(output).RootElement;
        Assert.Equal("Written", unit.GetProperty("state").GetString());
        Assert.Equal(pack.Fingerprint.ToString(), Assert.Single(unit.GetProperty("certificates").EnumerateArray()).GetProperty("fingerprint").GetString());
        Assert.Equal(["Planned", "Stored", "HandedOver", "Written"], unit.GetProperty("events").EnumerateArray().Select(happened => happened.GetProperty("what").GetString()));
        Assert.Contains("station 1001", (await RunAsync("units", "show", "3012-000001")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportsAndTrail_AreVerified_AndAStepThatWasTakenAwayShows()
    {
        _terminal.Time.Now = _terminal.Time.Now.AddDays(1);
        await _terminal.Get<DayReportJob>().MakeDueAsync(default);
        var shown = await RunAsync("report", "show", "2026-11-21");
        Assert.True(shown.ExitCode == ExitCode.Ok, shown.Error);
        Assert.Contains("8 recorded steps", shown.Output, StringComparison.Ordinal);
        var exported = await RunAsync("report", "export", "2026-11-21", "--directory", Path.Combine(_terminal.Directory, "reports"));
        Assert.True(exported.ExitCode == ExitCode.Ok, exported.Error);
        Assert.True(File.Exists(Path.Combine(_terminal.Directory, "reports", "report-2026-11-21-1.sig")));
        var whole = await RunAsync("audit", "verify", "--state", Path.Combine(_terminal.Directory, "verified.json"));
        Assert.True(whole.ExitCode == ExitCode.Ok, whole.Error + whole.Output);
        Assert.Contains("The records are as the reports say.", whole.Output, StringComparison.Ordinal);

        await _terminal.Get<Database>().WriteAsync((connection, transaction) => connection.Execute("DELETE FROM unit_event WHERE event_id = 3", transaction: transaction), default);
        var broken = await RunAsync("audit", "verify", "--state", Path.Combine(_terminal.Directory, "verified.json"));
        Assert.Equal(ExitCode.Conflict, broken.ExitCode);
        Assert.Contains("1 of 8 are missing", broken.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Conflict, (await RunAsync("report", "verify")).ExitCode);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("report", "show", "2026-11-22")).ExitCode);
    }

    [Theory]
    [InlineData(ExitCode.NotFound, "units", "show", "3012-999999")]
    [InlineData(ExitCode.Local, "units", "show", "3012")]
    [InlineData(ExitCode.Local, "units", "list", "--limit", "0")]
    [InlineData(ExitCode.Local, "units", "list", "--state", "Lost")]
    public async Task ExitCode_SaysWhatKindOfRefusalItWas(ExitCode expected, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal(expected, code);
        Assert.StartsWith("stationctl: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Context_IsOfOnePart_AndEachPartHasItsCurrentOne()
    {
        using var home = new TemporaryDirectory();
        var identity = Path.Combine(StationCtl.FactoryOf(_terminal), "operator");
        await StationCtl.RunAsync(home.Path, null, "context", "add", "ca7", "--address", "https://127.0.0.1:1", "--identity", identity);
        await StationCtl.RunAsync(home.Path, null, "context", "add", "floor7", "--part", "terminal", "--address", _terminal.Address.ToString(), "--identity", identity);
        var listed = await StationCtl.RunAsync(home.Path, null, "terminal", "units", "list");
        Assert.Contains("3012-000001", listed.Output, StringComparison.Ordinal);
        var (code, _, error) = await StationCtl.RunAsync(home.Path, null, "terminal", "units", "list", "--context", "ca7");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("Context ca7 is no terminal", error, StringComparison.Ordinal);
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => StationCtl.RunAsync(_terminal, arguments);
}

using System.Text.Json;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Control;
using ProvisioningStation.Tests.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal.PlanPull;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl terminal plan</c> against a running terminal.</summary>
public sealed class PlanCommandTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--Listen:Port=0", "--PlanPull:Url=https://127.0.0.1:9/plan", "--PlanPull:CheckEvery=01:00:00");
        await _terminal.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task PlanFromAFile_IsTriedTakenShownAndCorrected()
    {
        var file = Write("plan-2026-11.csv", "2026-11-21,3012,3,,1001\n2026-11-25,A123,2,,\n");
        var (code, output, error) = await RunAsync("import", file, "--dry-run");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("Applied, 2 good rows, 0 bad", output, StringComparison.Ordinal);
        Assert.Empty(_terminal.Planned());
        Assert.Equal(ExitCode.Ok, (await RunAsync("import", file)).ExitCode);
        var shown = JsonDocument.Parse((await RunAsync("show", "--month", "2026-11", "--json")).Output).RootElement;
        Assert.Equal(["3012", "A123"], shown.GetProperty("days").EnumerateArray().Select(day => day.GetProperty("model").GetString()));
        Assert.Contains("Next pull: 2026-12-01 00:00", (await RunAsync("show")).Output, StringComparison.Ordinal);

        await _terminal.RunBatchAsync();
        (code, output, _) = await RunAsync("import", Write("plan-2026-11.csv", "2026-11-21,3012,1,,1001\n2026-11-25,A123,x,,\n"));
        Assert.Equal(ExitCode.Partly, code);
        Assert.Contains("Line 3, column count: 'x' is not a whole number", output, StringComparison.Ordinal);
        Assert.Contains("2 unused", (await RunAsync("differences")).Output, StringComparison.Ordinal);
        var id = _terminal.Get<PlanDecisions>().List().Single().Pull.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(ExitCode.Local, (await RunAsync("confirm", id)).ExitCode); // nobody said yes
        Assert.Equal(ExitCode.Ok, (await RunAsync("confirm", id, "--dry-run")).ExitCode);
        Assert.Single(_terminal.Get<PlanDecisions>().List());
        Assert.Equal(ExitCode.Ok, (await RunAsync("confirm", id, "--yes")).ExitCode);
        Assert.Equal(["21 3012 1 1001", "25 A123 2"], _terminal.Planned());
        Assert.Equal(ExitCode.Conflict, (await RunAsync("discard", id, "--yes")).ExitCode);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("confirm", "999", "--yes")).ExitCode);
        Assert.Contains("Nothing waits for a decision.", (await RunAsync("differences")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TenThousandRows_AreImportedInOneGo()
    {
        var rows = string.Concat(Enumerable.Range(0, 10_000).Select(i => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"2026-11-{(i % 30) + 1:D2},{i / 30:X4},{i % 100},,\n")));
        var (code, output, error) = await RunAsync("import", Write("plan-2026-11.csv", rows), "--json");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(10_000, JsonDocument.Parse(output).RootElement.GetProperty("pull").GetProperty("goodRows").GetInt32());
        Assert.Equal(10_000, _terminal.Planned().Count());
    }

    [Fact]
    public async Task WhatGoesWrong_IsSaidAndOnRecord()
    {
        var (code, _, error) = await RunAsync("pull");
        Assert.Equal(ExitCode.Server, code);
        Assert.Contains("can't be reached", error, StringComparison.Ordinal);
        (code, _, error) = await RunAsync("import", Write("plan.csv", "2026-11-21,3012,-3,,\n"));
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("Line 2, column count: -3 is negative.", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Local, (await RunAsync("import", "/nowhere/plan.csv")).ExitCode);
        Assert.Equal(ExitCode.Local, (await RunAsync("show", "--month", "November")).ExitCode);
        var history = JsonDocument.Parse((await RunAsync("history", "--json", "--limit", "10")).Output).RootElement;
        Assert.Contains(history.EnumerateArray(), pull => pull.GetProperty("source").GetString() == "Import" && pull.GetProperty("outcome").GetString() == "Failed");
    }

    private string Write(string name, string rows)
    {
        File.WriteAllText(_directory[name], PlanUnderTest.Header + rows);
        return _directory[name];
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => StationCtl.RunAsync(_terminal, ["plan", .. arguments]);
}

using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl terminal stock</c> and <c>purge</c> against a running terminal.</summary>
public sealed class StockCommandTests : IAsyncLifetime
{
    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--Listen:Port=0");
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("A123", 250));
        await _terminal.RunBatchAsync();
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task Stock_IsToldPerModel()
    {
        var (code, output, error) = await RunAsync("stock", "--json");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal([("3012", 3), ("A123", 250)], JsonDocument.Parse(output).RootElement.EnumerateArray().Select(model => (model.GetProperty("model").GetString()!, model.GetProperty("inStore").GetInt32())));
        Assert.Contains("Used today", (await RunAsync("stock")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_SaysWhatItWouldDoThenDoesItOnce()
    {
        var (code, output, error) = await RunAsync("purge", "A123", "--dry-run", "--json");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(250, JsonDocument.Parse(output).RootElement.GetProperty("unused").GetInt32());
        Assert.Equal(250, _terminal.Units(UnitState.Stored).Count(unit => unit.MachineNumber.StartsWith("A123", StringComparison.Ordinal)));
        var unasked = await RunAsync("purge", "A123");
        Assert.Equal(ExitCode.Local, unasked.Code);
        Assert.Contains("Delete 250 unused certificates of A123", unasked.Error, StringComparison.Ordinal);

        var done = await RunAsync("purge", "A123", "--yes", "--json");
        Assert.True(done.Code == ExitCode.Ok, done.Error);
        var receipt = JsonDocument.Parse(done.Output).RootElement[0];
        Assert.Equal((250, true), (receipt.GetProperty("deleted").GetInt32(), receipt.GetProperty("isDone").GetBoolean()));
        Assert.Equal("Operator operator", receipt.GetProperty("orderedBy").GetString());
        Assert.Equal(250, _terminal.Units(UnitState.Purged).Count);
        Assert.Equal(ExitCode.Conflict, (await RunAsync("purge", "A123", "--yes")).Code);
        Assert.Contains(receipt.GetProperty("certificatesSha256").GetString()!, (await RunAsync("purges", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PurgeOfAPlannedModel_NeedsItsOption()
    {
        await _terminal.PlanAsync(_terminal.Row("A123", 1));
        Assert.Contains("--even-if-planned", (await RunAsync("purge", "A123", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Conflict, (await RunAsync("purge", "A123", "--yes")).Code);
        Assert.Equal(ExitCode.Ok, (await RunAsync("purge", "A123", "--yes", "--even-if-planned")).Code);
    }

    [Fact]
    public async Task WrongModel_IsAWrongArgument() => Assert.Equal(ExitCode.Local, (await RunAsync("purge", "a")).Code);

    private Task<(ExitCode Code, string Output, string Error)> RunAsync(params string[] arguments) => StationCtl.RunAsync(_terminal, arguments);
}

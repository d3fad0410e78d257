using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Tests.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl terminal print</c> against a running terminal.</summary>
public sealed class PrintCommandsTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
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
        _directory.Dispose();
    }

    [Fact]
    public async Task Batch_BecomesAPdf_AndASecondOneNeedsAReason()
    {
        var would = await RunAsync("print", "--batch", "2026-11-21", "--dry-run");
        Assert.Contains("Would print 4 plates (2026-11-21, Code128, layout Roll-70x30).", would.Output, StringComparison.Ordinal);

        var first = await RunAsync("print", "--batch", "2026-11-21", "--model", "3012", "--out", _directory["plates.pdf"], "--json");
        Assert.True(first.ExitCode == ExitCode.Ok, first.Error);
        var job = JsonDocument.Parse(first.Output).RootElement;
        Assert.Equal((3, 0), (job.GetProperty("units").GetInt32(), job.GetProperty("reprints").GetInt32()));
        Assert.True(File.ReadAllBytes(_directory["plates.pdf"]).AsSpan().StartsWith("%PDF-1.7"u8));

        var second = await RunAsync("print", "--unit", "3012-000002", "--out", _directory["again.pdf"]);
        Assert.Equal(ExitCode.Conflict, second.ExitCode);
        Assert.Contains("give a reason", second.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["again.pdf"]));

        var third = await RunAsync("print", "--unit", "3012-000002", "--reprint", "label torn", "--out", _directory["again.pdf"]);
        Assert.True(third.ExitCode == ExitCode.Ok, third.Error);
        var fetched = await RunAsync("printings", "fetch", job.GetProperty("id").GetString()!, "--out", _directory["fetched.pdf"]);
        Assert.True(fetched.ExitCode == ExitCode.Ok, fetched.Error);
        Assert.Equal(File.ReadAllBytes(_directory["plates.pdf"]), File.ReadAllBytes(_directory["fetched.pdf"]));

        var list = JsonDocument.Parse((await RunAsync("printings", "list", "--json")).Output).RootElement;
        Assert.Equal([("label torn", 1), (null, 2)], list.EnumerateArray().Select(printing => (printing.GetProperty("reason").GetString(), printing.GetProperty("deliveries").GetInt32())));
        Assert.Equal("Operator operator", list[0].GetProperty("who").GetString());
    }

    [Theory]
    [InlineData(ExitCode.NotFound, "Nothing was printed", "--unit", "3012-999999", "--out", "OUT")]
    [InlineData(ExitCode.Local, "Say which units", "--out", "OUT")]
    [InlineData(ExitCode.Local, "Expected a day", "--batch", "today", "--out", "OUT")]
    [InlineData(ExitCode.Local, "--dry-run", "--unit", "3012-000001")]
    [InlineData(ExitCode.Local, "There is no layout", "--unit", "3012-000001", "--layout", "Letter", "--out", "OUT")]
    public async Task WrongOrder_SaysWhatToDo_AndLeavesNoFile(ExitCode expected, string message, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(["print", .. arguments.Select(argument => argument == "OUT" ? _directory["out.pdf"] : argument)]);

        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["out.pdf"]));
    }

    [Fact]
    public async Task FileThatExists_IsNotReplaced_AndNothingIsPrinted()
    {
        File.WriteAllText(_directory["mine.pdf"], "mine");

        Assert.Equal(ExitCode.Local, (await RunAsync("print", "--unit", "3012-000001", "--out", _directory["mine.pdf"])).ExitCode);
        Assert.Equal("mine", File.ReadAllText(_directory["mine.pdf"]));
        Assert.Equal("[]", (await RunAsync("printings", "list", "--json")).Output.Trim());
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => StationCtl.RunAsync(_terminal, arguments);
}

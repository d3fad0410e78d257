using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class LinePermissionTests : IAsyncLifetime
{
    private static readonly string[] Lines =
    [
        "--StationApi:Lines:0:Line=1001", "--StationApi:Lines:0:Models:0=3012", "--StationApi:Lines:1:Line=1002", "--StationApi:Lines:1:Models:0=3012", "--StationApi:Lines:1:Models:1=A123",
        "--StationApi:Lines:2:Line=board-line",
    ];

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, Lines);
        await _terminal.PlanAsync(_terminal.Row("3012", 2), _terminal.Row("A123", 1));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task ModelThatTheLineMayNotBuild_IsRefusedWithASentence()
    {
        var refusal = await RefusedAsync(ErrorCode.WrongLine, () => _terminal.RequestAsync("A123-100001", "1001"));
        Assert.Equal("Line 1001 may not fetch certificates of model A123 (A123-100001). It may fetch 3012. Take the unit to its own line, or ask the plant manager.", refusal.Message);
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.SubmitAsync("A123-100001", BoardMade.Request("CN=A123-100001"), "1001"));
        Assert.Null(_terminal.Unit("A123-100001").Line);
        Assert.Equal(1, (await _terminal.RequestAsync("A123-100001", "1002")).Attempt);
    }

    [Fact]
    public async Task LineWithoutModels_MayFetchNone() =>
        Assert.Contains("It may fetch none", (await RefusedAsync(ErrorCode.WrongLine, () => _terminal.RequestAsync("3012-100001", "board-line"))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task LineWithoutAnEntry_MayFetchAll() => Assert.Equal(1, (await _terminal.RequestAsync("A123-100001", "1003")).Attempt);

    [Fact]
    public async Task PermissionTakenAwayDuringAWrite_DoesNotLoseWhatTheBoardHas()
    {
        await _terminal.RequestAsync("3012-100001", "1002");
        await _terminal.RestartAsync("--StationApi:Lines:1:Models:0=A123");
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.RequestAsync("3012-100001", "1002"));
        await _terminal.ReceiptAsync("3012-100001", 1, "1002");
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync("3012-100001", 1, succeeded: true, "1002"));
    }

    [Theory]
    [InlineData("--StationApi:Lines:0:Line= ", "names no line")]
    [InlineData("--StationApi:Lines:0:Models:0=abc", "'abc' of line 1001 is not a model code")]
    [InlineData("--StationApi:Lines:1:Line=1001", "listed twice")]
    [InlineData("--StationApi:Lines:0:Model=3012", "Model")]
    public void WrongEntry_IsNamedAtTheStart(string setting, string said)
    {
        var refused = Assert.Throws<ConfigurationException>(() => new TerminalUnderTest(_authority.Url, [.. Lines, setting]));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains("StationApi", refused.Message, StringComparison.Ordinal);
    }
}

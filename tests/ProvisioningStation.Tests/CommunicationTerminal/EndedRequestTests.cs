using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>An administrator has revoked what a single request brought before the terminal had it: the CA answers <c>Conflict</c> to that id for ever.</summary>
public sealed class EndedRequestTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--DailyBatch:Direct=true");
        await _terminal.PlanAsync(_terminal.Row("3012", 1));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task FirstCertificateRevokedBeforeItArrived_IsOrderedByANewId()
    {
        await LoseAnswerAsync(() => _terminal.RequestAsync(Number));
        _authority.Revoke(Number);
        await _terminal.RestartAsync();
        var response = await _terminal.RequestAsync(Number);
        Assert.Equal((1, _authority.Valid[MachineNumber.Parse(Number)]), (response.Attempt, response.CertificatePack.Fingerprint));
        Assert.Equal(2, _authority.Asked.Distinct().Count());
    }

    [Fact]
    public async Task ReissueRevokedBeforeItArrived_IsOrderedByANewId()
    {
        await _terminal.RequestAsync(Number);
        await LoseAnswerAsync(() => _terminal.ResultAsync(Number, 1, succeeded: false));
        _authority.Revoke(Number);
        var response = await _terminal.RequestAsync(Number);
        Assert.Equal((2, _authority.Valid[MachineNumber.Parse(Number)]), (response.Attempt, response.CertificatePack.Fingerprint));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true));
    }

    private async Task LoseAnswerAsync(Func<Task> call)
    {
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(call);
        _authority.Tamper = static pack => pack;
    }
}

using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>The real CA ends a request whose acknowledgement never reached it: what it then answers, and that every number ends with one valid certificate.</summary>
public sealed class ExpiredAtTheAuthorityTests
{
    private static readonly PeerIdentity Station = new(Role.LineStation, "1001", null);

    [Fact]
    public async Task UnacknowledgedPacks_AreOrderedAgainAndAScannedUnitGetsItsNextOne()
    {
        await using var ca = await RunningAuthority.StartAsync();
        await using var terminal = CommunicationTerminalApp.Build(
        [
            "--config", RepositoryFiles.Resolve("station-config/communication-terminal.json"), "--data", Path.Combine(ca.Directory, "communication-terminal"),
            $"--CertificateAuthority:Address={ca.Address}",
        ]);
        var services = terminal.Services;
        var date = DateOnly.FromDateTime(services.GetRequiredService<FactoryClock>().Local);
        await services.PlanAsync(new PlanRow(date, ModelCode.Parse("3012"), 3, null, null));
        var batch = services.GetRequiredService<DailyBatchJob>();
        await batch.RunBatchAsync(default);
        var database = services.GetRequiredService<Database>();
        var numbers = database.Read(connection => connection.Query<string>("SELECT machine_number FROM unit ORDER BY machine_number").Select(number => MachineNumber.Parse(number)).ToList());
        var request = services.GetRequiredService<RequestCertificate>();
        await request.HandleAsync(new RequestCertificateRequest(numbers[0]), Station, default);

        await LoseAcknowledgementAsync(ca, database);
        Assert.Equal(3, (await ca.Services.GetRequiredService<KeyExpiry>().ExpireNextAsync(default))!.Value.Certificates);
        await batch.RunBatchAsync(default);
        Assert.Equal([["Revoked"], ["Revoked", "Fetched"], ["Revoked", "Fetched"]], numbers.Select(ca.States));
        Assert.Equal(2, (await request.HandleAsync(new RequestCertificateRequest(numbers[0]), Station, default)).Attempt);
        await batch.RunBatchAsync(default);
        Assert.All(numbers, number => Assert.Equal(["Revoked", "Fetched"], ca.States(number)));
        Assert.False(services.GetRequiredService<Acknowledgements>().IsAnyOwed);
    }

    /// <summary>Puts both sides back to where they were before the acknowledgement, a month ago.</summary>
    private static async Task LoseAcknowledgementAsync(RunningAuthority ca, Database terminal)
    {
        var requestId = terminal.Read(connection => connection.QuerySingle<string>("SELECT request_id FROM chunk"));
        await terminal.WriteAsync((connection, transaction) => Acknowledgements.Owe(connection, transaction, RequestId.Parse(requestId), "2026-11-21T08:00:00.000Z"), default);
        await ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) => connection.Execute(
                "UPDATE issuance_request SET acknowledged_at = NULL, received_at = @at; UPDATE certificate SET state = 'Issued'",
                new { at = UtcText.Of(DateTimeOffset.UtcNow.AddDays(-30)) },
                transaction),
            default);
    }
}

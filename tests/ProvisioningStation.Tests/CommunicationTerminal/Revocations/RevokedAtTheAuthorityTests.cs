using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.Revocations;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using ProvisioningStation.Tests.CertificateAuthority.Revocation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Revocations;

/// <summary>The real CA and the real terminal: an administrator revokes what is in store, and a board makes its own key.</summary>
public sealed class RevokedAtTheAuthorityTests
{
    private static readonly PeerIdentity Station = new(Role.LineStation, "1001", null);

    [Fact]
    public async Task AdministratorRevokesAPackInStock_TheScanBringsAValidOne()
    {
        await using var ca = await RunningAuthority.StartAsync();
        var terminal = Build(ca);
        var services = terminal.Services;
        var date = services.GetRequiredService<FactoryClock>().Today;
        await services.PlanAsync(new PlanRow(date, ModelCode.Parse("3012"), 2, null, null));
        var batch = services.GetRequiredService<DailyBatchJob>();
        await batch.RunBatchAsync(default);
        var numbers = services.GetRequiredService<Database>().Read(connection => connection.Query<string>("SELECT machine_number FROM unit ORDER BY machine_number").Select(number => MachineNumber.Parse(number)).ToList());

        var serial = ca.Query<string>($"SELECT serial_number FROM certificate WHERE machine_number = '{numbers[0]}'").Single();
        await ca.RevokeAsync(new RevocationRequest { SerialNumber = serial, Reason = "keyCompromise" });
        await ca.PublishCrlAsync();
        await services.GetRequiredService<RevocationJob>().LookAsync(default);
        var response = await services.GetRequiredService<RequestCertificate>().HandleAsync(new RequestCertificateRequest(numbers[0]), Station, default);
        Assert.Equal(2, response.Attempt);

        await terminal.DisposeAsync();
        await using var givenOver = Build(ca, "--ManagedModels:Models:0:BoardMakesKey=true");
        services = givenOver.Services;
        batch = services.GetRequiredService<DailyBatchJob>();
        var boardMade = BoardMade.Request($"CN={numbers[1]}");
        var submit = services.GetRequiredService<SubmitCertificateRequest>();
        var first = await submit.HandleAsync(new SubmitCertificateRequestRequest(numbers[1], boardMade), Station, default);
        var again = await submit.HandleAsync(new SubmitCertificateRequestRequest(numbers[1], boardMade), Station, default);
        Assert.Equal((2, first.CertificatePack.Fingerprint), (again.Attempt, again.CertificatePack.Fingerprint));
        await batch.RunBatchAsync(default);
        Assert.Equal(["Revoked", "Fetched"], ca.States(numbers[0]));
        Assert.Equal(["Superseded", "Fetched"], ca.States(numbers[1]));
        Assert.False(services.GetRequiredService<Acknowledgements>().IsAnyOwed);
    }

    private static WebApplication Build(RunningAuthority ca, params string[] overrides) => CommunicationTerminalApp.Build(
    [
        "--config", RepositoryFiles.Resolve("station-config/communication-terminal.json"), "--data", Path.Combine(ca.Directory, "communication-terminal"),
        $"--CertificateAuthority:Address={ca.Address}", $"--Revocations:CrlUrl={ca.PublicAddress}crl/devices-{{issuer}}.crl",
        .. overrides,
    ]);
}

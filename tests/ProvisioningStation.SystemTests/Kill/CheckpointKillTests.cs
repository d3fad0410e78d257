using System.Net.Http.Json;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>Power cuts while a checkpoint of the audit trail is written to ledger and database: the trail is whole afterwards, and the next start finds nothing to complain of.</summary>
public sealed class CheckpointKillTests
{
    public static TheoryData<string> Points => [.. CertificateAuthorityKillPoints.OnTheCheckpoint];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task AuthorityThatDiesAtACheckpoint_MakesItAfterTheRestart(string point)
    {
        await using var factory = TestFactory.Prepare();
        await factory.SetUpAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        var authority = floor.CertificateAuthority;
        var order = new KillOrder(factory.Directory, point);
        authority.Start(order.Environment); // a start makes a checkpoint
        await order.AssertCarriedOutAsync(authority.Process!);
        var inDatabase = point == CertificateAuthorityKillPoints.AfterCheckpoint;
        Assert.Equal(inDatabase ? 1 : 0, Query(factory, "SELECT COUNT(*) FROM audit_checkpoint"));
        var ledger = await File.ReadAllTextAsync(factory.Layout.Root.Resolve(Path.Combine(factory.Layout.CertificateAuthority, "issued.ledger")));
        Assert.Equal(point != CertificateAuthorityKillPoints.BeforeCheckpoint, ledger.Contains("\"event\":\"Checkpoint\"", StringComparison.Ordinal));

        await authority.RestartAsync();
        await authority.WaitUntilHealthyAsync(CancellationToken.None);
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.Root.Resolve("administrator")));
        using var http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = authority.Address };
        using var answer = await http.PostAsync(new Uri("api/signing/check", UriKind.Relative), null);
        var status = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SigningStatus>(JsonForm.Options);
        Assert.Empty(status!.Reasons);
        await Wait.UntilAsync("the checkpoint", () => Task.FromResult(Query(factory, "SELECT COUNT(*) FROM audit_checkpoint") > 0));
    }

    private static long Query(TestFactory factory, string sql) => SqliteFile.Query<long>(factory.Layout.CertificateAuthority, "certificate-authority.db", sql)[0];
}

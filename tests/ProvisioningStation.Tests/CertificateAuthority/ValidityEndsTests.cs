using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

public sealed class ValidityEndsTests
{
    [Fact]
    public async Task CertificatesWithoutTheirEnd_HaveItAfterTheNextStart()
    {
        await using var ca = await StartAsync();
        await ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 3));
        var ends = Ends(ca);
        await ca.Services.GetRequiredService<Database>().WriteAsync((connection, transaction) => connection.Execute("UPDATE certificate SET not_after = ''", transaction: transaction), default);

        await ca.StartAgainAsync();

        Assert.Equal(3, ends.Count);
        Assert.Equal(ends, Ends(ca));
    }

    private static List<string> Ends(RunningAuthority ca) =>
        ca.Services.GetRequiredService<Database>().Read(connection => connection.Query<string>("SELECT not_after FROM certificate ORDER BY id").ToList());
}

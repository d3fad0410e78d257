using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>A stop in the middle of a batch: it is finished, or the same request finishes it after the next start.</summary>
public sealed class GracefulStopTests
{
    [Fact]
    public async Task BatchUnderWay_IsFinishedOrCompletedByTheSameRequest()
    {
        await using var ca = await StartAsync("--Issuance:SliceSize=100");
        var (id, numbers) = (RequestId.New(), Numbers("3012", 1, 4000));
        var begun = new TaskCompletionSource();
        var received = 0;
        var batch = ca.Client().CallAsync(
            new IssueCertificatesRequest(id, numbers),
            IssueCertificatesResponse.Schema.Name,
            reader => IssueCertificatesResponse.ReadEach(reader, _ =>
            {
                received++;
                begun.TrySetResult();
            }),
            CancellationToken.None);
        await Task.WhenAny(begun.Task, batch);
        await ca.StopAsync();
        await Task.WhenAny(batch);
        Assert.True(batch.IsCompletedSuccessfully ? received == numbers.Length : received < numbers.Length);

        await ca.StartAgainAsync();
        Assert.Equal(numbers, (await ca.IssueAsync(id, numbers)).Select(pack => pack.MachineNumber!.Value));
        var database = ca.Services.GetRequiredService<Database>();
        Assert.Equal(numbers.Length, database.Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM certificate WHERE state = 'Issued'")));
        Assert.Equal(numbers.Length, database.Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM certificate")));
    }
}

using System.Diagnostics;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>A file system that is really full, mounted for the CA alone: in the middle of a batch, and with room again later.</summary>
public sealed class SmallDiskTests
{
    private const int Count = 3000;

    private static readonly MachineNumber[] Numbers = [.. Enumerable.Range(1, Count).Select(serial => new MachineNumber(ModelCode.Parse("3012"), serial))];

    [FactAsRoot("unshare", "nsenter", "mount")]
    public async Task DiskThatFillsUpInABatch_LosesNothingAndTheSameRequestIsCompletedLater()
    {
        await using var factory = TestFactory.Prepare();
        await factory.SetUpAsync();
        var (data, release, seen) = (factory.Layout.CertificateAuthority, Path.Combine(factory.Directory, "release"), Directory.CreateDirectory(Path.Combine(factory.Directory, "seen")).FullName);
        var script = $"""
            set -e
            small=$(mktemp -d)
            mount -t tmpfs -o size=64m tmpfs "$small"
            cp -a '{data}/.' "$small"
            mount --bind "$small" '{data}'
            head -c $(( ($(df --output=avail -k '{data}' | tail -1) - 3000) * 1024 )) /dev/zero > '{data}/filler'
            (while [ ! -e '{release}' ]; do sleep 0.05; done; rm '{data}/filler'; touch '{release}.done') </dev/null >/dev/null 2>&1 &
            exec dotnet '{typeof(CertificateAuthorityApp).Assembly.Location}' --config '{Path.Combine(factory.Layout.Configuration, "certificate-authority.json")}' --data '{data}' --Quotas:Required=false --stop-on-stdin-end
            """;
        using var authority = Tool.Start("unshare", ["--mount", "bash", "-c", script]);
        try
        {
            await WaitUntilReadyAsync(authority);
            var id = RequestId.New();
            var refused = await Assert.ThrowsAsync<ProvisioningException>(() => IssueAsync(factory, id));
            Assert.True(refused.Code is ErrorCode.StorageFull or ErrorCode.CaUnavailable, refused.Message); // the second where a part was sent already
            Assert.Equal(ErrorCode.StorageFull, (await Assert.ThrowsAsync<ProvisioningException>(() => IssueAsync(factory, id))).Code);

            await File.WriteAllTextAsync(release, string.Empty);
            await Wait.UntilAsync("room", () => Task.FromResult(File.Exists(release + ".done")));
            var issued = await IssueAsync(factory, id);
            Assert.Equal(Numbers, issued.Select(pack => pack.Number));
            Assert.Equal(issued, await IssueAsync(factory, id));
            await Tool.RunOkAsync("nsenter", "-t", $"{authority.Id}", "-m", "cp", "-a", data + "/.", seen);
            Assert.Equal(Count, SqliteFile.Query<int>(seen, "certificate-authority.db", "SELECT COUNT(*) FROM certificate WHERE state = 'Issued'")[0]);
            Assert.Equal(Count, SqliteFile.Query<int>(seen, "certificate-authority.db", "SELECT COUNT(*) FROM certificate")[0]);
        }
        finally
        {
            authority.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            await authority.WaitForExitAsync(limit.Token);
        }
    }

    private static async Task WaitUntilReadyAsync(Process authority)
    {
        while (await authority.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("ready on", StringComparison.Ordinal))
                continue;
            _ = authority.StandardOutput.ReadToEndAsync();
            _ = authority.StandardError.ReadToEndAsync();
            return;
        }

        Assert.Fail("The CA did not start: " + await authority.StandardError.ReadToEndAsync());
    }

    private static async Task<List<(MachineNumber Number, string Certificate)>> IssueAsync(TestFactory factory, RequestId id)
    {
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(factory.Layout.CommunicationTerminal));
        using var http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = new Uri($"https://127.0.0.1:{factory.FirstPort}") };
        var packs = new List<(MachineNumber, string)>();
        await new SoapClient(http, ErrorCode.CaUnavailable).CallAsync(
            new IssueCertificatesRequest(id, Numbers),
            IssueCertificatesResponse.Schema.Name,
            reader => IssueCertificatesResponse.ReadEach(reader, pack => packs.Add((pack.MachineNumber!.Value, Convert.ToHexString(pack.ClientCertificate)))),
            CancellationToken.None);
        return packs;
    }
}

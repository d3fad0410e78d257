using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.Control;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Tests.Control;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Profiles;

/// <summary>RSA keys made ahead: used once at most, whatever happens, and made on demand where there are none.</summary>
public sealed class KeyPoolTests : IAsyncLifetime
{
    private static readonly string[] Filled = ["--KeyPool:Rsa2048=3", "--KeyPool:IdleAfter=00:00:00", "--KeyPool:Interval=00:00:00.2"];

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:Models:0:Key=Rsa2048", "--KeyPool:IdleAfter=01:00:00");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task IdleCa_FillsThePoolToItsTargetAndNoFurther()
    {
        await _ca.StartAgainAsync(Filled);
        await UntilAsync(() => Pool.Level(KeyAlgorithm.Rsa2048) == 3);
        await Task.Delay(600);
        var state = await GetAsync<KeyPoolState>("key-pool");
        var pool = Assert.Single(state.Pools);
        Assert.Equal((KeyAlgorithm.Rsa2048, 3, 3), (pool.Algorithm, pool.Level, pool.Target));
        Assert.True(pool.KeysPerMinute > 0);
        Assert.True(state.IsIdle);
        Assert.Equal(0, Pool.Target(KeyAlgorithm.Rsa3072)); // no profile uses it
    }

    [Fact]
    public async Task BusyCa_MakesNoKeys()
    {
        await Task.Delay(500);
        Assert.Equal(0, Pool.Level(KeyAlgorithm.Rsa2048));
        Assert.False((await GetAsync<KeyPoolState>("key-pool")).IsIdle);
    }

    [Fact]
    public async Task Batch_TakesKeysFromThePoolAndMakesTheRest()
    {
        await FillAsync(2);
        var pooled = PublicKeys();
        var packs = await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 3));
        Assert.Equal(0, Pool.Level(KeyAlgorithm.Rsa2048));
        var used = packs.Select(pack => Convert.ToHexString(Read(pack).PublicKey.ExportSubjectPublicKeyInfo())).ToList();
        Assert.Equal(3, used.Distinct().Count());
        Assert.Equal(2, used.Intersect(pooled).Count());
        Assert.All(packs, pack =>
        {
            using var key = RSA.Create();
            key.ImportPkcs8PrivateKey(pack.PrivateKey, out _);
            Assert.Equal(2048, key.KeySize);
            Assert.Equal(Read(pack).PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        });
    }

    [Fact]
    public async Task RefusedOrder_LeavesItsKeysInThePool()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1));
        await FillAsync(1);
        await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1)));
        Assert.Equal(1, Pool.Level(KeyAlgorithm.Rsa2048));
        var pooled = PublicKeys();
        var pack = Assert.Single(await _ca.IssueAsync(RequestId.New(), Numbers("3012", 2, 1)));
        Assert.Equal(pooled, [Convert.ToHexString(Read(pack).PublicKey.ExportSubjectPublicKeyInfo())]);
    }

    [Fact]
    public async Task ParallelOrders_NeverGetTheSameKey()
    {
        await FillAsync(4);
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Pool.Claim(KeyAlgorithm.Rsa2048, 1))));
        Assert.Equal(4, claims.SelectMany(claim => claim).Select(key => key.Id).Distinct().Count());
        Assert.Equal(4, claims.Sum(claim => claim.Count));
    }

    [Fact]
    public async Task KeyThatIsGone_IsNotReservedASecondTime()
    {
        await FillAsync(1);
        var packs = _ca.Services.GetRequiredService<PackMaker>();
        var made = packs.Prepare(Numbers("3012", 1, 1), DateTimeOffset.UtcNow);
        await Database.WriteAsync((connection, transaction) => connection.Execute("DELETE FROM pooled_key", transaction: transaction), CancellationToken.None);
        var order = new IssuanceOrder(RequestId.New(), OrderKind.Issue, "F1", Numbers("3012", 1, 1));
        var store = _ca.Services.GetRequiredService<IssuanceStore>();
        Assert.Equal(ErrorCode.Conflict, (await Assert.ThrowsAsync<ProvisioningException>(() => store.ReserveAsync(order, made, CancellationToken.None))).Code);
        Assert.Empty(_ca.States(Numbers("3012", 1, 1)[0]));
    }

    [Fact]
    public async Task ReservedKey_IsOutOfThePoolWhenTheProcessDiesThere()
    {
        await FillAsync(1);
        var id = RequestId.New();
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare(Numbers("3012", 1, 1), DateTimeOffset.UtcNow);
        await _ca.Services.GetRequiredService<IssuanceStore>().ReserveAsync(new IssuanceOrder(id, OrderKind.Issue, "F1", Numbers("3012", 1, 1)), made, CancellationToken.None);
        await _ca.StartAgainAsync();
        Assert.Equal(0, Pool.Level(KeyAlgorithm.Rsa2048));
        var pack = Assert.Single(await _ca.IssueAsync(id, Numbers("3012", 1, 1)));
        Assert.Equal(DeviceKey.PublicKeyOf(pack.PrivateKey!), Read(pack).PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task PooledKey_IsEncryptedAtRest()
    {
        await FillAsync(1);
        var claimed = Assert.Single(Pool.Claim(KeyAlgorithm.Rsa2048, 1));
        var stored = Database.Read(connection => connection.ExecuteScalar<byte[]>("SELECT wrapped_key FROM pooled_key"))!;
        Assert.Equal(-1, stored.AsSpan().IndexOf(claimed.Key.PrivateKey.AsSpan(100, 32)));
        await Database.WriteAsync((connection, transaction) => connection.Execute("UPDATE pooled_key SET wrapped_key = zeroblob(1300)", transaction: transaction), CancellationToken.None);
        Pool.Release([claimed.Id]);
        Assert.ThrowsAny<CryptographicException>(() => Pool.Claim(KeyAlgorithm.Rsa2048, 1));
    }

    [Fact]
    public async Task CommandLine_ShowsProfilesRulesAndPool()
    {
        await FillAsync(1);
        var (code, output, _) = await StationCtl.RunAsync(_ca, "profiles");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("Rsa2048", output, StringComparison.Ordinal);
        (code, output, _) = await StationCtl.RunAsync(_ca, "profiles", "3012", "--json", "--as", "auditor");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("\"keyUsage\"", output, StringComparison.Ordinal);
        (code, _, var error) = await StationCtl.RunAsync(_ca, "profiles", "9999");
        Assert.Equal(ExitCode.NotFound, code);
        Assert.Contains("no certificate profile for model 9999", error, StringComparison.Ordinal);
        (_, output, _) = await StationCtl.RunAsync(_ca, "profiles", "--rules", "--json");
        Assert.Contains("RFC5280_4_1_2_2_SerialNumberIsPositive", output, StringComparison.Ordinal);
        (code, output, _) = await StationCtl.RunAsync(_ca, "key-pool", "--json");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("\"level\": 1", output.Replace("\"level\":1", "\"level\": 1", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private KeyPool Pool => _ca.Services.GetRequiredService<KeyPool>();

    private Database Database => _ca.Services.GetRequiredService<Database>();

    private async Task FillAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await Pool.AddAsync(KeyAlgorithm.Rsa2048, CancellationToken.None);
    }

    private List<string> PublicKeys() => Database.Read(connection => connection.Query<byte[]>("SELECT public_key FROM pooled_key").Select(Convert.ToHexString).ToList());

    private async Task<T> GetAsync<T>(string path) => (await _ca.Http(_ca.Identity("operator")).GetFromJsonAsync<T>("/api/" + path, ProvisioningStation.Hosting.JsonForm.Options))!;

    private static X509Certificate2 Read(CertificatePack pack) => X509CertificateLoader.LoadCertificate(pack.ClientCertificate);

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 1200 && !holds(); i++)
            await Task.Delay(100);
        Assert.True(holds());
    }
}

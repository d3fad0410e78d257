using System.Security.Cryptography.X509Certificates;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.Revocations;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.Revocations;

/// <summary>What the terminal learns from the CA's CRLs, and which CRLs it believes.</summary>
public sealed class RevocationJobTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private FakeCertificateAuthority _authority = null!;
    private CrlServer _crls = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _crls = await CrlServer.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, $"--Revocations:CrlUrl={_crls.Url}");
        await _terminal.PlanAsync(_terminal.Row("3012", 4));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _crls.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Theory]
    [InlineData(X509RevocationReason.Unspecified)]
    [InlineData(X509RevocationReason.KeyCompromise)]
    [InlineData(X509RevocationReason.Superseded)]
    public async Task RevokedPackInStock_LeavesItAndTheScanBringsANewOne(X509RevocationReason reason)
    {
        Revoke(1, (Number, reason));
        await LookAsync();
        Assert.Equal(UnitState.ReissuePending, _terminal.Unit(Number).State);
        Assert.Equal(3, _terminal.Units(UnitState.Stored).Count);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));
        Assert.Contains("It gets a new one when it is scanned", Details("Revoked").Single(), StringComparison.Ordinal);
        Assert.Null(Problem());

        await _terminal.RestartAsync();
        await LookAsync();
        var response = await _terminal.RequestAsync(Number);
        Assert.Equal((2, _authority.Valid[MachineNumber.Parse(Number)]), (response.Attempt, response.CertificatePack.Fingerprint));
        Revoke(2, (Number, reason, 1)); // it stays on the list; the new certificate is another one
        await LookAsync();
        Assert.Equal(UnitState.Stored, _terminal.Unit(Number).State);
    }

    [Theory]
    [InlineData(X509RevocationReason.CessationOfOperation, "cessationOfOperation")]
    [InlineData(X509RevocationReason.PrivilegeWithdrawn, "privilegeWithdrawn")]
    public async Task ReasonThatEndsTheProduct_BlocksItAndSaysWhy(X509RevocationReason reason, string said)
    {
        Revoke(1, (Number, reason));
        await LookAsync();
        var refusal = await RefusedAsync(ErrorCode.Blocked, () => _terminal.RequestAsync(Number));
        Assert.Equal($"{Number} is blocked: its certificate was revoked at the CA ({said}). Put it aside; a person has to decide.", refusal.Message);
    }

    [Theory]
    [InlineData("PurgeKey")]
    [InlineData("DeleteRow")]
    public async Task ProvedProduct_StandsInHealthUntilItHasANewCertificate(string afterProof)
    {
        await _terminal.RestartAsync($"--Store:AfterProof={afterProof}");
        var certificate = Der(Number);
        await ProveAsync(Number);
        _authority.Revoke(Number);
        _crls.Serve(1, _terminal.Time.Now, entries: (certificate, X509RevocationReason.KeyCompromise));
        await LookAsync();
        await LookAsync();
        Assert.Equal(UnitState.Proved, _terminal.Unit(Number).State);
        Assert.StartsWith($"1 products carry a certificate that was revoked at the CA: {Number} (Proved).", Problem(), StringComparison.Ordinal);
        Assert.Single(Details("Revoked"));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 1, succeeded: true));

        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt);
        await LookAsync();
        Assert.Null(Problem());
    }

    [Fact]
    public async Task DeviceThatRenewedItsCertificate_IsNoCase()
    {
        await ProveAsync(Number);
        Revoke(1, (Number, X509RevocationReason.Superseded));
        await LookAsync();
        Assert.Null(Problem());
        await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.RequestAsync(Number));
    }

    [Fact]
    public async Task RevokedWhileItIsWritten_NeverGetsTheFlag()
    {
        await _terminal.RequestAsync(Number);
        Revoke(1, (Number, X509RevocationReason.KeyCompromise));
        await LookAsync();
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: true));
        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true));
    }

    [Fact]
    public async Task RowsOfAnEarlierVersion_AreFoundToo()
    {
        await _terminal.Get<Database>().WriteAsync((connection, transaction) => connection.Execute("UPDATE certificate SET serial_number = NULL", transaction: transaction), default);
        Revoke(1, (Number, X509RevocationReason.Unspecified));
        await LookAsync();
        Assert.Equal(UnitState.ReissuePending, _terminal.Unit(Number).State);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE serial_number IS NULL"));
    }

    [Fact]
    public async Task OlderCrl_IsNeverTakenForNews()
    {
        _crls.Serve(7, _terminal.Time.Now);
        await LookAsync();
        Revoke(6, (Number, X509RevocationReason.Unspecified));
        Assert.Contains("number 7 was seen before", (await RefusedAsync(ErrorCode.CaUnavailable, LookAsync)).Message, StringComparison.Ordinal);
        Assert.Equal(UnitState.Stored, _terminal.Unit(Number).State);
        Revoke(8, (Number, X509RevocationReason.Unspecified));
        await LookAsync();
        Assert.Equal(UnitState.ReissuePending, _terminal.Unit(Number).State);
    }

    [Fact]
    public async Task CrlOfAnotherCaOrChanged_IsNotBelieved()
    {
        using var other = new TestPki();
        _crls.Serve(1, _terminal.Time.Now, other, entries: (Der(Number), X509RevocationReason.Unspecified));
        Assert.Contains("There is no CRL of", (await RefusedAsync(ErrorCode.CaUnavailable, LookAsync)).Message, StringComparison.Ordinal);
        Revoke(1, (Number, X509RevocationReason.Unspecified));
        using var http = new HttpClient();
        var crl = await http.GetByteArrayAsync(new Uri(_crls.Url.Replace("{issuer}", "1", StringComparison.Ordinal)));
        foreach (var position in new[] { crl.Length / 2, crl.Length - 20 })
        {
            var changed = (byte[])crl.Clone();
            changed[position] ^= 1;
            _crls.Serve(changed);
            await Assert.ThrowsAsync<ProvisioningException>(LookAsync);
        }

        Assert.Equal(4, _terminal.Units(UnitState.Stored).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is not DER")]
    public async Task SomethingElseInItsPlace_IsSaid(string content)
    {
        _crls.Serve(System.Text.Encoding.ASCII.GetBytes(content));
        Assert.Contains("no CRL that can be used", (await RefusedAsync(ErrorCode.CaUnavailable, LookAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CrlThatHasRunOut_IsStillTrueButSaidToBeOld()
    {
        Revoke(1, (Number, X509RevocationReason.Unspecified));
        await LookAsync();
        _terminal.Time.Now += TimeSpan.FromDays(4);
        Assert.Contains("ended 2026-11-24", (await RefusedAsync(ErrorCode.CaUnavailable, LookAsync)).Message, StringComparison.Ordinal);
        Assert.Equal(UnitState.ReissuePending, _terminal.Unit(Number).State);
    }

    [Fact]
    public async Task CrlOfTheFuture_IsNotTaken()
    {
        _crls.Serve(1, _terminal.Time.Now + TimeSpan.FromHours(1), entries: (Der(Number), X509RevocationReason.Unspecified));
        Assert.Contains("in the future", (await RefusedAsync(ErrorCode.CaUnavailable, LookAsync)).Message, StringComparison.Ordinal);
        Assert.Equal(UnitState.Stored, _terminal.Unit(Number).State);
    }

    [Fact]
    public async Task AuthorityAway_IsSaid()
    {
        await _crls.DisposeAsync();
        Assert.Contains("can't be had from", (await RefusedAsync(ErrorCode.CaUnavailable, LookAsync)).Message, StringComparison.Ordinal);
    }

    private async Task LookAsync() => await _terminal.Get<RevocationJob>().LookAsync(default);

    private void Revoke(int number, params (string Unit, X509RevocationReason Reason)[] entries) =>
        Revoke(number, [.. entries.Select(entry => (entry.Unit, entry.Reason, 1))]);

    private void Revoke(int number, params (string Unit, X509RevocationReason Reason, int Attempt)[] entries)
    {
        foreach (var (unit, _, attempt) in entries.Where(entry => entry.Attempt == _terminal.Unit(entry.Unit).Attempt))
            _authority.Revoke(unit);
        _crls.Serve(number, _terminal.Time.Now, entries: [.. entries.Select(entry => (Der(entry.Unit, entry.Attempt), entry.Reason))]);
    }

    private async Task ProveAsync(string number)
    {
        await _terminal.RequestAsync(number);
        await _terminal.ResultAsync(number, 1, succeeded: true);
        await _terminal.ProofAsync(number, 1);
    }

    private byte[] Der(string number, int attempt = 1) => _terminal.Get<Database>().Read(connection => StoredCertificate.Find(connection, null, MachineNumber.Parse(number), attempt))!.Certificate;

    private string? Problem() => _terminal.Get<HealthState>().Problems.GetValueOrDefault(RevokedStock.Condition);

    private List<string> Details(string what) => _terminal.Get<Database>().Read(connection =>
        connection.Query<string>("SELECT detail FROM unit_event WHERE machine_number = @Number AND what = @what", new { Number, what }).ToList());

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql, new { Number }));
}

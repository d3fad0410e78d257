using Dapper;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>The CA has revoked what was not acknowledged in time; each restart stands for a kill.</summary>
public sealed class ExpiredRequestsTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task OpenRequestWithNothingStored_IsOrderedByANewId()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 200));
        _authority.BreakAfter = 50;
        await RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        Assert.Empty(_terminal.Units(UnitState.Stored));
        var first = _authority.Asked.Single();
        _authority.Expire(first);

        await RefusedAsync(ErrorCode.KeysExpired, _terminal.RunBatchAsync);
        Assert.Contains(first.ToString(), Query<string>("SELECT last_error FROM chunk").Single(), StringComparison.Ordinal);
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(200, RequireValidPacks());
        Assert.Equal(2, _authority.Asked.Distinct().Count());
        Assert.Equal(_authority.Asked.Last(), _authority.Acknowledged.Single());
    }

    [Fact]
    public async Task StoredButNotAcknowledged_LeavesTheStockAndIsOrderedAgainOnce()
    {
        await StoreAsync(3);
        var revoked = _terminal.Units().Select(unit => unit.CertificateFingerprint).ToList();
        await ExpireAsync(_authority.Asked.Single());
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(_terminal.RunBatchAsync); // the new order has been stored and sent; its answer is lost
        Assert.Equal(3, _terminal.Units(UnitState.Planned).Count);
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate"));
        await RefusedAsync(ErrorCode.NotInStore, () => _terminal.RequestAsync(Number));

        _authority.Tamper = static pack => pack;
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(3, RequireValidPacks());
        Assert.Empty(revoked.Intersect(_terminal.Units().Select(unit => unit.CertificateFingerprint)));
        Assert.Equal(2, _authority.Asked.Distinct().Count());
        Assert.Equal(3, Count("SELECT COUNT(*) FROM unit_event WHERE what = 'Expired' AND detail LIKE '%ordered again%'"));
        Assert.Null(Problem());
    }

    [Fact]
    public async Task PartlyStoredRequest_OrdersOnlyWhatNoLineHasHad()
    {
        await _terminal.PlanAsync(_terminal.Row("3012", 900));
        (_authority.BreakAfter, _authority.BreakWhen) = (600, () => _terminal.Units(UnitState.Stored).Count >= 250);
        await RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        await _terminal.RequestAsync(Number);
        await _terminal.RequestAsync("3012-100005");
        await _terminal.ResultAsync("3012-100005", 1, succeeded: true);
        await _terminal.RequestAsync("3012-100009");
        await _terminal.ResultAsync("3012-100009", 1, succeeded: false);
        _authority.Expire(_authority.Asked.First());
        await RefusedAsync(ErrorCode.KeysExpired, _terminal.RunBatchAsync);
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();

        Assert.Equal(898, RequireValidPacks());
        Assert.Equal((UnitState.Stored, 2), (_terminal.Unit("3012-100009").State, _terminal.Unit("3012-100009").Attempt));
        Assert.Equal((UnitState.Stored, UnitState.Written), (_terminal.Unit(Number).State, _terminal.Unit("3012-100005").State));
        Assert.Contains("2 units were given certificates that the CA has revoked", Problem(), StringComparison.Ordinal);
        Assert.Contains("3012-100001 (Stored), 3012-100005 (Written)", Problem(), StringComparison.Ordinal);
        Assert.Equal(2, Count("SELECT COUNT(*) FROM certificate WHERE outcome = 'Expired' AND wrapped_key IS NULL"));

        foreach (var number in new[] { Number, "3012-100005" })
        {
            var response = await _terminal.RequestAsync(number);
            Assert.Equal((2, _authority.Valid[MachineNumber.Parse(number)]), (response.Attempt, response.CertificatePack.Fingerprint));
        }

        await _terminal.RunBatchAsync();
        Assert.Null(Problem());
        Assert.Equal(900, RequireValidPacks());
    }

    [Fact]
    public async Task RevokedWhileItIsWritten_NeverGetsTheFlag()
    {
        await StoreAsync(1);
        await _terminal.RequestAsync(Number);
        await ExpireAsync(_authority.Asked.Single());
        await _terminal.RunBatchAsync();
        for (var i = 0; i < 2; i++)
            Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: true));
        Assert.Equal(UnitState.Stored, _terminal.Unit(Number).State);
        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt);
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: true));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true));
        Assert.Equal(1, RequireValidPacks());
    }

    [Fact]
    public async Task ProvedUnit_StaysSoUntilItIsScannedAgain()
    {
        await StoreAsync(1);
        await _terminal.RequestAsync(Number);
        await _terminal.ResultAsync(Number, 1, succeeded: true);
        await _terminal.ProofAsync(Number, 1);
        await ExpireAsync(_authority.Asked.Single());
        await _terminal.RunBatchAsync();
        await _terminal.RestartAsync();
        await _terminal.RunBatchAsync();
        Assert.Equal(UnitState.Proved, _terminal.Unit(Number).State);
        Assert.Contains("3012-100001 (Proved)", Problem(), StringComparison.Ordinal);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 1, succeeded: true));
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.ResultAsync(Number, 1, succeeded: false));

        _authority.IsDown = true;
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.RequestAsync(Number));
        _authority.IsDown = false;
        await _terminal.RestartAsync();
        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt);
        Assert.Equal((UnitState.Stored, null), (_terminal.Unit(Number).State, _terminal.Unit(Number).ProvedAt));
        await _terminal.RunBatchAsync();
        Assert.Null(Problem());
    }

    [Fact]
    public async Task SingleRequestsWhoseAnswersWereLost_TakeNewIds()
    {
        await _terminal.RestartAsync("--DailyBatch:Direct=true");
        await StoreAsync(1);
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.RequestAsync(Number));
        _authority.Expire(_authority.Asked.Last());
        _authority.Tamper = static pack => pack;
        await _terminal.RestartAsync();
        Assert.Equal(1, (await _terminal.RequestAsync(Number)).Attempt);
        await _terminal.RunBatchAsync();

        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.ResultAsync(Number, 1, succeeded: false)); // a re-issue
        _authority.Expire(_authority.Asked.Last());
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.RequestAsync(Number)); // by its new id there is nothing to replace: a first one
        _authority.Expire(_authority.Asked.Last());
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.RequestAsync(Number)); // the same again
        _authority.Tamper = static pack => pack;
        await _terminal.RestartAsync();
        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt); // the id is known at the CA as a first one
        Assert.Equal(1, RequireValidPacks());
        Assert.Equal(5, _authority.Asked.Distinct().Count());
        Assert.Equal(3, Count("SELECT COUNT(*) FROM unit_event WHERE what = 'Expired'"));
        await _terminal.RunBatchAsync();
        Assert.Equal(2, _authority.Acknowledged.Distinct().Count());
    }

    [Fact]
    public async Task SinglePackThatWasNotAcknowledged_IsReplacedAtTheNextScan()
    {
        await _terminal.RestartAsync("--DailyBatch:Direct=true");
        await StoreAsync(1);
        await _terminal.RequestAsync(Number);
        _authority.Expire(_authority.Asked.Single());
        await _terminal.RunBatchAsync();
        Assert.Contains("3012-100001 (Stored)", Problem(), StringComparison.Ordinal);
        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt);
        await _terminal.RunBatchAsync();
        Assert.Equal(1, RequireValidPacks());
        Assert.Null(Problem());
    }

    private async Task StoreAsync(int count)
    {
        await _terminal.PlanAsync(_terminal.Row("3012", count));
        await _terminal.RunBatchAsync();
    }

    /// <summary>The acknowledgement never arrived, and the time is over.</summary>
    private Task ExpireAsync(RequestId requestId)
    {
        _authority.Expire(requestId);
        return _terminal.Get<Database>().WriteAsync((connection, transaction) => Acknowledgements.Owe(connection, transaction, requestId, "2026-11-21T08:00:00.000Z"), default);
    }

    /// <summary>How many units have the certificate that is valid at the CA, with a key that can be unwrapped where it is needed.</summary>
    private int RequireValidPacks() => Query<(string Number, string Fingerprint, byte[]? Key)>(
            "SELECT u.machine_number, c.fingerprint, c.wrapped_key FROM unit u JOIN certificate c ON c.machine_number = u.machine_number AND c.attempt = u.attempt")
        .Count(pack => _authority.Valid.TryGetValue(MachineNumber.Parse(pack.Number), out var valid)
            && valid.ToString() == pack.Fingerprint
            && _terminal.Get<KeyProtection>().Unwrap(pack.Key!, pack.Number).Length > 0);

    private string? Problem() => _terminal.Get<HealthState>().Problems.GetValueOrDefault(ExpiredRequests.Condition);

    private int Count(string sql) => Query<int>(sql).Single();

    private List<T> Query<T>(string sql) => _terminal.Get<Database>().Read(connection => connection.Query<T>(sql).ToList());
}

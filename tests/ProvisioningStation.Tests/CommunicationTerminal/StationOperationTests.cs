using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal;

public sealed class StationOperationTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
        await _terminal.PlanAsync(_terminal.Row("3012", 3), _terminal.Row("A123", 1, line: "1002"));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task WholeWay_EndsProvedWithAHistory()
    {
        var response = await _terminal.RequestAsync(Number);
        Assert.Equal(1, response.Attempt);
        Assert.Equal(_authority.Valid[MachineNumber.Parse(Number)], response.CertificatePack.Fingerprint);
        Assert.True(KeyMatch.Belongs(response.CertificatePack.PrivateKey, LeafCertificate.Parse(response.CertificatePack.ClientCertificate).PublicKeyInfo));
        Assert.Equal(CertificateState.Fetched, (await _terminal.GetUnitAsync(Number)).State);

        await _terminal.ReceiptAsync(Number, 1);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 1, succeeded: true, fingerprint: response.CertificatePack.Fingerprint));
        var unit = await _terminal.GetUnitAsync(Number);
        Assert.Equal((CertificateState.Written, "1001", _terminal.Time.Now), (unit.State, unit.Line, unit.WrittenAt!.Value));
        await _terminal.ProofAsync(Number, 1, fingerprint: response.CertificatePack.Fingerprint);
        Assert.Equal(CertificateState.Proved, (await _terminal.GetUnitAsync(Number)).State);

        var history = _terminal.Get<Database>().Read(connection =>
            connection.Query<string>("SELECT what || ' by ' || who FROM unit_event WHERE machine_number = @Number ORDER BY event_id", new { Number }).ToList());
        Assert.Equal(
            ["Planned by terminal", "Stored by terminal", "HandedOver by station 1001", "Received by station 1001", "Written by station 1001", "Proved by station 1001"],
            history);
    }

    [Fact]
    public async Task EveryReportTwice_ChangesNothing()
    {
        var first = await _terminal.RequestAsync(Number);
        var again = await _terminal.RequestAsync(Number);
        Assert.Equal((first.Attempt, first.CertificatePack.Fingerprint), (again.Attempt, again.CertificatePack.Fingerprint));
        Assert.Equal(first.CertificatePack.PrivateKey, again.CertificatePack.PrivateKey);
        for (var i = 0; i < 2; i++)
            await _terminal.ReceiptAsync(Number, 1);
        for (var i = 0; i < 2; i++)
            Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 1, succeeded: true));
        var written = _terminal.Unit(Number);
        for (var i = 0; i < 2; i++)
            await _terminal.ProofAsync(Number, 1);
        await _terminal.ReceiptAsync(Number, 1);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 1, succeeded: true));
        Assert.Equal(written.WrittenAt, _terminal.Unit(Number).WrittenAt);
        Assert.Equal(6, _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM unit_event WHERE machine_number = @Number", new { Number })));
    }

    [Fact]
    public async Task WrittenUnit_IsRefusedWithTimeAndLine()
    {
        await _terminal.RequestAsync(Number);
        await _terminal.ResultAsync(Number, 1, succeeded: true);
        var refusal = await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.RequestAsync(Number, "1002"));
        Assert.Equal("The certificate of 3012-100001 was already written on 2026-11-21 at 08:00:00 on line 1001.", refusal.Message);
    }

    [Theory]
    [InlineData("3012-999999", ErrorCode.NotInStore, "not in the production plan")]
    [InlineData("3013-100001", ErrorCode.NotManaged, "model 3013 get no certificate")]
    [InlineData("ZZZZ-100001", ErrorCode.NotManaged, "model ZZZZ get no certificate")]
    public async Task UnknownNumber_IsRefusedWithTheReason(string number, ErrorCode code, string said)
    {
        foreach (Func<Task> operation in new Func<Task>[]
        {
            () => _terminal.RequestAsync(number), () => _terminal.ReceiptAsync(number, 1), () => _terminal.ResultAsync(number, 1, true),
            () => _terminal.ProofAsync(number, 1), () => _terminal.GetUnitAsync(number),
        })
        {
            Assert.Contains(said, (await RefusedAsync(code, operation)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FailedWrite_BringsANewCertificateAndWipesTheOldKey()
    {
        var first = await _terminal.RequestAsync(Number);
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: false));
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: false));
        var second = await _terminal.RequestAsync(Number);
        Assert.Equal(2, second.Attempt);
        Assert.NotEqual(first.CertificatePack.Fingerprint, second.CertificatePack.Fingerprint);
        Assert.Equal(_authority.Valid[MachineNumber.Parse(Number)], second.CertificatePack.Fingerprint);
        Assert.Null(_terminal.Get<Database>().Read(connection => StoredCertificate.Find(connection, null, MachineNumber.Parse(Number), 1))!.WrappedKey);
        await RefusedAsync(ErrorCode.WrongAttempt, () => _terminal.ResultAsync(Number, 1, succeeded: true));
        await RefusedAsync(ErrorCode.WrongAttempt, () => _terminal.ResultAsync(Number, 3, succeeded: true));
        await RefusedAsync(ErrorCode.WrongAttempt, () => _terminal.ProofAsync(Number, 1));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true));
        await _terminal.RunBatchAsync();
        Assert.Equal(3, _authority.Acknowledged.Count); // two chunks and the re-issue
    }

    [Fact]
    public async Task ThirdFailure_Blocks()
    {
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await _terminal.RequestAsync(Number);
            Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, attempt, succeeded: false));
        }

        await _terminal.RequestAsync(Number);
        Assert.Equal(NextStep.Blocked, await _terminal.ResultAsync(Number, 3, succeeded: false));
        Assert.Equal(NextStep.Blocked, await _terminal.ResultAsync(Number, 3, succeeded: false));
        await RefusedAsync(ErrorCode.Blocked, () => _terminal.RequestAsync(Number));
        await RefusedAsync(ErrorCode.Blocked, () => _terminal.GetUnitAsync(Number));
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.ProofAsync(Number, 3));
        Assert.Equal(2, _authority.Asked.Distinct().Count() - 2); // two chunks, two re-issues, none for the third
    }

    [Fact]
    public async Task BoardThatWroteAnotherCertificate_CountsAsFailed()
    {
        await _terminal.RequestAsync(Number);
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: true, fingerprint: Fingerprint.Of([1])));
    }

    [Fact]
    public async Task FailedProof_TakesTheFlagBack()
    {
        await _terminal.RequestAsync(Number);
        await _terminal.ResultAsync(Number, 1, succeeded: true);
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: false));
        var unit = _terminal.Unit(Number);
        Assert.Equal((UnitState.Stored, 2, null), (unit.State, unit.Attempt, unit.WrittenAt));
    }

    [Fact]
    public async Task ProofOfAnotherCertificate_IsRefused()
    {
        await _terminal.RequestAsync(Number);
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.ProofAsync(Number, 1));
        await _terminal.ResultAsync(Number, 1, succeeded: true);
        await RefusedAsync(ErrorCode.ProofFailed, () => _terminal.ProofAsync(Number, 1, fingerprint: Fingerprint.Of([1])));
        await _terminal.ProofAsync(Number, 1, line: "1003");
        Assert.Equal(UnitState.Proved, _terminal.Unit(Number).State);
        await RefusedAsync(ErrorCode.Conflict, () => _terminal.ResultAsync(Number, 1, succeeded: false));
    }

    [Fact]
    public async Task AnotherLine_TakesOverWithANewCertificateAndTheOldOneIsRefused()
    {
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.ReceiptAsync(Number, 1));
        var first = await _terminal.RequestAsync(Number, "1001");
        var second = await _terminal.RequestAsync(Number, "1002");
        Assert.Equal(2, second.Attempt);
        Assert.NotEqual(first.CertificatePack.Fingerprint, second.CertificatePack.Fingerprint); // the first line's board may hold the first one
        var refusal = await RefusedAsync(ErrorCode.WrongLine, () => _terminal.ResultAsync(Number, 1, succeeded: true, line: "1001"));
        Assert.Contains("line 1002", refusal.Message, StringComparison.Ordinal);
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.ReceiptAsync(Number, 1, line: "1001"));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true, line: "1002"));
    }

    [Fact]
    public async Task LineOfThePlan_IsTheOnlyOneThatMayFetch()
    {
        await RefusedAsync(ErrorCode.WrongLine, () => _terminal.RequestAsync("A123-100001", "1001"));
        Assert.Equal(1, (await _terminal.RequestAsync("A123-100001", "1002")).Attempt);
    }

    [Fact]
    public async Task AuthorityDown_StoreAnswersAndReissueIsFinishedLater()
    {
        _authority.IsDown = true;
        await _terminal.RequestAsync(Number);
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.ResultAsync(Number, 1, succeeded: false));
        Assert.Equal(CertificateState.Superseded, (await _terminal.GetUnitAsync(Number)).State);
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.RequestAsync(Number));
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.ResultAsync(Number, 1, succeeded: false));
        await _terminal.RequestAsync("3012-100002");
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync("3012-100002", 1, succeeded: true));

        _authority.IsDown = false;
        await _terminal.RestartAsync();
        Assert.Equal(2, (await _terminal.RequestAsync(Number)).Attempt);
        Assert.Equal(NextStep.Retry, await _terminal.ResultAsync(Number, 1, succeeded: false));
        Assert.Equal(3, _authority.Asked.Count);
    }

    [Fact]
    public async Task ReissueWhoseAnswerWasLost_IsAskedForByTheSameId()
    {
        await _terminal.RequestAsync(Number);
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await RefusedAsync(ErrorCode.Internal, () => _terminal.ResultAsync(Number, 1, succeeded: false));
        _authority.Tamper = static pack => pack;
        await _terminal.RestartAsync();
        var response = await _terminal.RequestAsync(Number);
        Assert.Equal((2, _authority.Valid[MachineNumber.Parse(Number)]), (response.Attempt, response.CertificatePack.Fingerprint));
        Assert.Equal(3, _authority.Asked.Distinct().Count());
    }

    [Fact]
    public async Task DirectMode_IssuesAtTheScanAndSurvivesALostAnswer()
    {
        await _terminal.RestartAsync("--DailyBatch:Direct=true");
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.PlanAsync(_terminal.Row("3012", 2));
        await _terminal.RunBatchAsync();
        const string Direct = "3012-100004";
        Assert.Equal(CertificateState.Reserved, (await _terminal.GetUnitAsync(Direct)).State);

        _authority.IsDown = true;
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.RequestAsync(Direct));
        _authority.IsDown = false;
        _authority.BreakAfter = 1;
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.RequestAsync(Direct));
        await _terminal.RestartAsync();
        var response = await _terminal.RequestAsync(Direct);
        Assert.Equal((1, _authority.Valid[MachineNumber.Parse(Direct)]), (response.Attempt, response.CertificatePack.Fingerprint));
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Direct, 1, succeeded: true));
        await _terminal.RunBatchAsync();
        Assert.Equal(_authority.Asked.Distinct().Count(), _authority.Acknowledged.Distinct().Count());
        Assert.Equal(UnitState.Planned, _terminal.Unit("3012-100005").State);
    }

    [Fact]
    public async Task PlannedUnitWhosePackHasNotCome_IsNotInStore()
    {
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.PlanAsync(_terminal.Row("3012", 2));
        _authority.IsDown = true;
        await RefusedAsync(ErrorCode.CaUnavailable, _terminal.RunBatchAsync);
        var refusal = await RefusedAsync(ErrorCode.NotInStore, () => _terminal.RequestAsync("3012-100004"));
        Assert.Contains("planned for 2026-11-22", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoStationsAtOnce_GetOneNewCertificate()
    {
        await _terminal.RequestAsync(Number);
        _authority.IsDown = true;
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.ResultAsync(Number, 1, succeeded: false));
        _authority.IsDown = false;
        var responses = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _terminal.RequestAsync(Number))));
        Assert.All(responses, response => Assert.Equal((2, responses[0].CertificatePack.Fingerprint), (response.Attempt, response.CertificatePack.Fingerprint)));
        Assert.Equal(2, _terminal.Unit(Number).Attempt);
    }

    [Fact]
    public async Task CommonCertificate_IsKeptForWhenTheAuthorityIsDown()
    {
        _authority.IsDown = true;
        await RefusedAsync(ErrorCode.CaUnavailable, () => _terminal.GetCommonAsync());
        _authority.IsDown = false;
        var fetched = await _terminal.GetCommonAsync();
        _authority.IsDown = true;
        await _terminal.RestartAsync();
        var kept = await _terminal.GetCommonAsync();
        Assert.Null(kept.MachineNumber);
        Assert.Equal(TestPki.Shared.CommonPack.Fingerprint, kept.Fingerprint);
        Assert.Equal(fetched.PrivateKey, kept.PrivateKey);
    }
}

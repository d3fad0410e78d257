using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.CertificateAuthority.Enrollment;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>Boards that make their own keys (P-28), as the terminal serves them; each restart stands for a kill.</summary>
public sealed class SubmitCertificateRequestTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private const string Option = "--ManagedModels:Models:0:BoardMakesKey=";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public static TheoryData<string> Hostile => ["empty", "random", "truncated", "followed", "certificate", "tampered", "foreign", "huge", "bad-point"];

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url);
        await _terminal.PlanAsync(_terminal.Row("3012", 2));
        await _terminal.RunBatchAsync();
        await _terminal.RestartAsync(Option + "true"); // the packs were in store before the model was given over
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task BoardsOwnKey_TakesThePlaceOfThePackInStore()
    {
        var stored = _authority.Valid[MachineNumber.Parse(Number)];
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = BoardMade.Request($"CN={Number}", key);
        var first = await _terminal.SubmitAsync(Number, request);
        Assert.Equal(2, first.Attempt);
        Assert.Null(first.CertificatePack.PrivateKey);
        Assert.NotEqual(stored, first.CertificatePack.Fingerprint);
        using var certificate = X509CertificateLoader.LoadCertificate(first.CertificatePack.ClientCertificate);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(0, Count("SELECT COUNT(*) FROM certificate WHERE machine_number = @Number AND wrapped_key IS NOT NULL"));

        var again = await _terminal.SubmitAsync(Number, BoardMade.Request(string.Empty, key)); // another request for the same key
        Assert.Equal((2, first.CertificatePack.Fingerprint), (again.Attempt, again.CertificatePack.Fingerprint));
        await _terminal.ReceiptAsync(Number, 2);
        Assert.Equal(NextStep.Finished, await _terminal.ResultAsync(Number, 2, succeeded: true, fingerprint: first.CertificatePack.Fingerprint));
        await RefusedAsync(ErrorCode.AlreadyWritten, () => _terminal.SubmitAsync(Number, request));
        await _terminal.ProofAsync(Number, 2, fingerprint: first.CertificatePack.Fingerprint);
        Assert.Equal(CertificateState.Proved, (await _terminal.GetUnitAsync(Number)).State);
        await _terminal.RunBatchAsync();
        Assert.Equal(2, _authority.Acknowledged.Count);
    }

    [Fact]
    public async Task BoardThatMadeANewKey_GetsANewCertificate()
    {
        var first = await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        var second = await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        Assert.Equal((2, 3), (first.Attempt, second.Attempt));
        Assert.Equal(_authority.Valid[MachineNumber.Parse(Number)], second.CertificatePack.Fingerprint);
        await RefusedAsync(ErrorCode.WrongAttempt, () => _terminal.ResultAsync(Number, 2, succeeded: true));
    }

    [Fact]
    public async Task FailedWrites_GoTheSameWayToBlocked()
    {
        for (var attempt = 2; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, (await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"))).Attempt);
            var asked = _authority.Asked.Count;
            Assert.Equal(attempt == 2 ? NextStep.Retry : NextStep.Blocked, await _terminal.ResultAsync(Number, attempt, succeeded: false));
            Assert.Equal(asked, _authority.Asked.Count); // the board has to make its next request first
        }

        Assert.Contains("3 failed writes", (await RefusedAsync(ErrorCode.Blocked, () => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelGivenBackToTheAuthority_GetsANewPack_AndRequestsAreRefused()
    {
        await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        await _terminal.RestartAsync(Option + "false");
        var refusal = await RefusedAsync(ErrorCode.NotSupported, () => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
        Assert.Contains("do not make their own keys", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((UnitState.Stored, 2), (_terminal.Unit(Number).State, _terminal.Unit(Number).Attempt));
        var response = await _terminal.RequestAsync(Number);
        Assert.Equal(3, response.Attempt);
        Assert.NotNull(response.CertificatePack.PrivateKey);
        Assert.Equal(_authority.Valid[MachineNumber.Parse(Number)], response.CertificatePack.Fingerprint);
    }

    [Fact]
    public async Task DirectMode_SignsTheFirstCertificateAndSurvivesALostAnswer()
    {
        await _terminal.RestartAsync("--DailyBatch:Direct=true");
        _terminal.Time.Now += TimeSpan.FromDays(1);
        await _terminal.PlanAsync(_terminal.Row("3012", 1));
        await _terminal.RunBatchAsync();
        const string Direct = "3012-100003";
        var request = BoardMade.Request($"CN={Direct}");
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.SubmitAsync(Direct, request));
        _authority.Tamper = static pack => pack;
        await _terminal.RestartAsync();
        var response = await _terminal.SubmitAsync(Direct, request);
        Assert.Equal((1, _authority.Valid[MachineNumber.Parse(Direct)]), (response.Attempt, response.CertificatePack.Fingerprint));
        Assert.Equal(2, _authority.Asked.Distinct().Count()); // the chunk of day one, and this one
    }

    [Fact]
    public async Task LostAnswerAndANewKeyThen_LeavesOneValidCertificate()
    {
        _authority.Tamper = static _ => throw new IOException("The line is cut.");
        await Assert.ThrowsAsync<ProvisioningException>(() => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
        _authority.Tamper = static pack => pack;
        await _terminal.RestartAsync();
        var response = await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"));
        Assert.Equal((2, _authority.Valid[MachineNumber.Parse(Number)]), (response.Attempt, response.CertificatePack.Fingerprint));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task HostileRequest_IsRefusedAndSpoilsNothing(string kind)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = BoardMade.Request($"CN={Number}", key);
        byte[] bad = kind switch
        {
            "empty" => [],
            "random" => RandomNumberGenerator.GetBytes(500),
            "truncated" => good[..^10],
            "followed" => [.. good, 0],
            "certificate" => TestPki.Shared.Root.RawData,
            "tampered" => Tampered(good),
            "foreign" => BoardMade.ByHand(other, key.ExportSubjectPublicKeyInfo()),
            "huge" => new byte[20_000],
            _ => BoardMade.ByHand(key, BoardMade.Ec("1.2.840.10045.3.1.7", [4, .. new byte[64]])),
        };
        Assert.Contains(Number, (await RefusedAsync(ErrorCode.InvalidCertificateRequest, () => _terminal.SubmitAsync(Number, bad))).Message, StringComparison.Ordinal);
        Assert.Equal((UnitState.Stored, 1, null), (_terminal.Unit(Number).State, _terminal.Unit(Number).Attempt, _terminal.Unit(Number).Line));
        Assert.Equal(1, (await _terminal.RequestAsync(Number)).Attempt);
    }

    [Fact]
    public async Task RequestThatTheAuthorityRefuses_LeavesAWayOut()
    {
        var refusals = 1;
        _authority.Refusal = () => refusals-- > 0 ? new ProvisioningException(ErrorCode.InvalidCertificateRequest, "The key is too weak.") : null;
        await RefusedAsync(ErrorCode.InvalidCertificateRequest, () => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
        Assert.Equal(2, (await _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}"))).Attempt);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("other")]
    public async Task AnswerThatIsNotForThisKey_IsNotStored(string kind)
    {
        _authority.Tamper = pack => kind == "key" ? pack with { PrivateKey = new byte[100] } : TestPki.Shared.BoardPack(MachineNumber.Parse(Number), BoardMade.Request("CN=x"));
        await RefusedAsync(ErrorCode.InvalidCertificatePack, () => _terminal.SubmitAsync(Number, BoardMade.Request($"CN={Number}")));
        Assert.Equal(UnitState.ReissuePending, _terminal.Unit(Number).State);
    }

    [Fact]
    public async Task UnknownNumber_IsRefused() =>
        await RefusedAsync(ErrorCode.NotInStore, () => _terminal.SubmitAsync("3012-999999", BoardMade.Request("CN=3012-999999")));

    private static byte[] Tampered(byte[] request)
    {
        var copy = (byte[])request.Clone();
        copy[^5] ^= 1;
        return copy;
    }

    private int Count(string sql) => _terminal.Get<Database>().Read(connection => connection.ExecuteScalar<int>(sql, new { Number }));
}

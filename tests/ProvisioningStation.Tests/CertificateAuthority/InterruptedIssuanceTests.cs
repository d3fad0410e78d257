using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>What a power cut or a meddler may leave in the store, and what becomes of it.</summary>
public sealed class InterruptedIssuanceTests : IAsyncLifetime
{
    private static readonly MachineNumber[] Asked = Numbers("3012", 1, 10);

    private readonly RequestId _id = RequestId.New();
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:SliceSize=4");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task ReservedOnly_IsContinuedAfterARestart()
    {
        var reserved = await ReserveAsync();
        await _ca.StartAgainAsync();
        var packs = await _ca.IssueAsync(_id, Asked);
        Assert.Equal(reserved.Select(record => Convert.ToHexString(record.ToBeSigned)), packs.Select(ToBeSigned));
    }

    [Fact]
    public async Task HalfSigned_IsContinuedAndWhatWasSignedStays()
    {
        var reserved = await ReserveAsync();
        var packMaker = _ca.Services.GetRequiredService<PackMaker>();
        var signed = reserved.Take(6).ToList();
        packMaker.Sign(signed);
        Assert.True(await Store.IssueAsync(_id.ToString(), signed, CancellationToken.None));
        await _ca.StartAgainAsync();
        var packs = await _ca.IssueAsync(_id, Asked);
        Assert.Equal(reserved.Select(record => Convert.ToHexString(record.ToBeSigned)), packs.Select(ToBeSigned));
        Assert.Equal(signed.Select(record => Convert.ToHexString(SignedCertificate.Assemble(record.ToBeSigned, SignatureAlgorithm.EcdsaWithSha256, record.Signature))), packs.Take(6).Select(pack => Convert.ToHexString(pack.ClientCertificate)));
    }

    [Fact]
    public async Task ReservedNumber_CantBeReservedByAnotherRequest()
    {
        await ReserveAsync();
        Assert.Equal(ErrorCode.AlreadyIssued, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(RequestId.New(), Asked[3]))).Code);
    }

    [Fact]
    public async Task ReservedNumber_CanBeReissued()
    {
        await ReserveAsync();
        await _ca.ReissueAsync(RequestId.New(), Asked[3]);
        Assert.Equal(["Superseded", "Issued"], _ca.States(Asked[3]));
        Assert.Equal(9, (await _ca.IssueAsync(_id, Asked)).Count);
    }

    [Fact]
    public async Task AcknowledgementBeforeAllIsIssued_IsAConflict()
    {
        await ReserveAsync();
        Assert.Equal(ErrorCode.Conflict, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.AcknowledgeAsync(_id))).Code);
    }

    [Fact]
    public async Task SignaturesForRowsThatAreNotReserved_ChangeNothing()
    {
        var reserved = await ReserveAsync();
        _ca.Services.GetRequiredService<PackMaker>().Sign(reserved);
        Assert.True(await Store.IssueAsync(_id.ToString(), reserved[9..], CancellationToken.None));
        Assert.False(await Store.IssueAsync(_id.ToString(), reserved, CancellationToken.None));
        Assert.Equal(["Reserved"], _ca.States(Asked[0]));
    }

    [Theory]
    [InlineData("to_be_signed = zeroblob(400)", ErrorCode.ProfileViolation)]
    [InlineData("to_be_signed = (SELECT other.to_be_signed FROM certificate AS other WHERE other.machine_number = '3012-000002')", ErrorCode.ProfileViolation)]
    [InlineData("serial_number = '4000000000000000000000000000000000000000'", ErrorCode.ProfileViolation)]
    [InlineData("machine_number = '3012-000099'", ErrorCode.Internal)]
    [InlineData("wrapped_key = (SELECT other.wrapped_key FROM certificate AS other WHERE other.machine_number = '3012-000002')", ErrorCode.Internal)]
    public async Task TamperedRow_IsNotSigned(string change, ErrorCode said)
    {
        await ReserveAsync();
        var database = _ca.Services.GetRequiredService<Database>();
        await database.WriteAsync((connection, transaction) => connection.Execute($"UPDATE certificate SET {change} WHERE machine_number = '3012-000001'", transaction: transaction), CancellationToken.None);
        Assert.Equal(said, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(_id, Asked))).Code);
        Assert.Equal(0, database.Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM certificate WHERE signature IS NOT NULL")));
    }

    [Theory]
    [InlineData("--Issuance:Validity=365.00:00:00")]
    [InlineData("--Issuance:Organization=Another Maker")]
    [InlineData("--Issuance:Models:0:KeyAgreement=true")]
    [InlineData("--Issuance:CrlUrl=http://ca.example/crl/devices-{issuer}.crl")]
    public async Task ProfileChangedMeanwhile_TheReservedOnesAreSignedAsTheyWereDecided(string change)
    {
        var reserved = await ReserveAsync();
        await _ca.StartAgainAsync(change);
        var packs = await _ca.IssueAsync(_id, Asked);
        Assert.Equal(reserved.Select(record => Convert.ToHexString(record.ToBeSigned)), packs.Select(ToBeSigned));
    }

    [Fact]
    public async Task ReservedProfileChangedInTheStore_SignsNothing()
    {
        await ReserveAsync();
        var other = RequestId.New();
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare(Numbers("A123", 1, 1), DateTimeOffset.UtcNow);
        await Store.ReserveAsync(new IssuanceOrder(other, OrderKind.Issue, "F1", Numbers("A123", 1, 1)), made, CancellationToken.None);
        await _ca.Services.GetRequiredService<Database>().WriteAsync(
            (connection, transaction) => connection.Execute(
                "UPDATE issuance_request SET profiles = (SELECT other.profiles FROM issuance_request AS other WHERE other.request_id = @other) WHERE request_id = @id",
                new { id = _id.ToString(), other = other.ToString() },
                transaction),
            CancellationToken.None);
        Assert.Equal(ErrorCode.Internal, (await Assert.ThrowsAsync<ProvisioningException>(() => _ca.IssueAsync(_id, Asked))).Code);
    }

    [Fact]
    public async Task Acknowledgement_EmptiesTheKeys()
    {
        await _ca.IssueAsync(_id, Asked);
        Assert.Equal(10, KeysHeld());
        await _ca.AcknowledgeAsync(_id);
        Assert.Equal(0, KeysHeld());
        Assert.All(Asked, number => Assert.Equal(["Fetched"], _ca.States(number)));
    }

    [Fact]
    public async Task EveryState_MayBeSupersededExactlyWhereTheTableSaysSo()
    {
        var states = Enum.GetValues<CertificateState>();
        var numbers = Numbers("3012", 500, states.Length);
        await _ca.IssueAsync(RequestId.New(), numbers);
        foreach (var (number, state) in numbers.Zip(states))
        {
            await _ca.Services.GetRequiredService<Database>().WriteAsync(
                (connection, transaction) => connection.Execute("UPDATE certificate SET state = @state WHERE machine_number = @number", new { state = state.ToString(), number = number.ToString() }, transaction),
                CancellationToken.None);
            var error = await Record.ExceptionAsync(() => _ca.ReissueAsync(RequestId.New(), number));
            Assert.Equal(CertificateLife.Allows(state, CertificateState.Superseded), error is null);
        }
    }

    private IssuanceStore Store => _ca.Services.GetRequiredService<IssuanceStore>();

    private async Task<CertificateRecord[]> ReserveAsync()
    {
        var made = _ca.Services.GetRequiredService<PackMaker>().Prepare(Asked, DateTimeOffset.UtcNow);
        await Store.ReserveAsync(new IssuanceOrder(_id, OrderKind.Issue, "F1", Asked), made, CancellationToken.None);
        return made;
    }

    private long KeysHeld() => _ca.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(wrapped_key) FROM certificate"));

    private static string ToBeSigned(CertificatePack pack) => Convert.ToHexString(SignedCertificate.ToBeSignedIn(pack.ClientCertificate));
}

using ProvisioningStation.Protocol;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>The CA over real mutual TLS: what it issues, and that asking again never issues twice.</summary>
public sealed class IssuanceTests : IAsyncLifetime
{
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Issuance:SliceSize=7");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task Batch_ComesInTheOrderAsked()
    {
        MachineNumber[] numbers = [.. Numbers("3012", 100, 20), .. Numbers("A123", 5, 3), .. Numbers("3012", 1, 2)];
        var packs = await _ca.IssueAsync(RequestId.New(), numbers);
        Assert.Equal(numbers, packs.Select(pack => pack.MachineNumber!.Value));
    }

    [Fact]
    public async Task SameRequestAgain_GivesTheSamePacks()
    {
        var id = RequestId.New();
        var first = await _ca.IssueAsync(id, Numbers("3012", 1, 20));
        var second = await _ca.IssueAsync(id, Numbers("3012", 1, 20));
        await _ca.StartAgainAsync();
        var third = await _ca.IssueAsync(id, Numbers("3012", 1, 20));
        Assert.Equal(first.Select(Content), second.Select(Content));
        Assert.Equal(first.Select(Content), third.Select(Content));
    }

    [Fact]
    public async Task SameRequestAfterAcknowledgement_IsAlreadyAcknowledged()
    {
        var id = RequestId.New();
        await _ca.IssueAsync(id, Numbers("3012", 1, 2));
        await _ca.AcknowledgeAsync(id);
        await _ca.AcknowledgeAsync(id);
        await RefusedAsync(ErrorCode.AlreadyAcknowledged, () => _ca.IssueAsync(id, Numbers("3012", 1, 2)));
    }

    [Fact]
    public async Task SameIdForOtherNumbers_IsRequestIdReused()
    {
        var id = RequestId.New();
        await _ca.IssueAsync(id, Numbers("3012", 1, 2));
        await RefusedAsync(ErrorCode.RequestIdReused, () => _ca.IssueAsync(id, Numbers("3012", 1, 3)));
        await RefusedAsync(ErrorCode.RequestIdReused, () => _ca.ReissueAsync(id, Numbers("3012", 1, 1)[0]));
    }

    [Fact]
    public async Task NumberWithAValidCertificate_IsAlreadyIssuedAndNothingElseOfTheRequestIs()
    {
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 5, 1));
        await RefusedAsync(ErrorCode.AlreadyIssued, () => _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 10)));
        Assert.Equal(4, (await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 4))).Count);
    }

    [Fact]
    public async Task ModelWithoutProfile_IsUnknownModel() =>
        await RefusedAsync(ErrorCode.UnknownModel, () => _ca.IssueAsync(RequestId.New(), [.. Numbers("3012", 1, 2), .. Numbers("3013", 1, 1)]));

    [Fact]
    public async Task NumberTwiceInOneRequest_IsMalformed() =>
        await RefusedAsync(ErrorCode.MalformedRequest, () => _ca.IssueAsync(RequestId.New(), [.. Numbers("3012", 1, 2), .. Numbers("3012", 1, 1)]));

    [Fact]
    public async Task AcknowledgementOfAnUnknownRequest_IsRefused() =>
        await RefusedAsync(ErrorCode.UnknownRequest, () => _ca.AcknowledgeAsync(RequestId.New()));

    [Fact]
    public async Task Reissue_SupersedesTheEarlierCertificateAndIsRepeatable()
    {
        var id = RequestId.New();
        var number = Numbers("3012", 1, 1)[0];
        var earlier = (await _ca.IssueAsync(id, number)).Single();
        await _ca.AcknowledgeAsync(id);
        var reissue = RequestId.New();
        var later = await _ca.ReissueAsync(reissue, number);
        var again = await _ca.ReissueAsync(reissue, number);
        Assert.Equal(Content(later), Content(again));
        Assert.NotEqual(earlier.Fingerprint, later.Fingerprint);
        await RefusedAsync(ErrorCode.AlreadyIssued, () => _ca.IssueAsync(RequestId.New(), number));
        Assert.Equal(["Superseded", "Issued"], _ca.States(number));
    }

    [Fact]
    public async Task ReissueOfAnUnacknowledgedCertificate_LeavesItOutOfTheFirstAnswer()
    {
        var id = RequestId.New();
        var numbers = Numbers("3012", 1, 3);
        await _ca.IssueAsync(id, numbers);
        await _ca.ReissueAsync(RequestId.New(), numbers[1]);
        var packs = await _ca.IssueAsync(id, numbers);
        Assert.Equal([numbers[0], numbers[2]], packs.Select(pack => pack.MachineNumber!.Value));
    }

    [Fact]
    public async Task ReissueThatWasReissuedItself_IsAConflict()
    {
        var number = Numbers("3012", 1, 1)[0];
        await _ca.IssueAsync(RequestId.New(), number);
        var first = RequestId.New();
        await _ca.ReissueAsync(first, number);
        await _ca.ReissueAsync(RequestId.New(), number);
        await RefusedAsync(ErrorCode.Conflict, () => _ca.ReissueAsync(first, number));
    }

    [Fact]
    public async Task ReissueOfANumberWithoutCertificate_IsNotFound() =>
        await RefusedAsync(ErrorCode.NotFound, () => _ca.ReissueAsync(RequestId.New(), Numbers("3012", 1, 1)[0]));

    [Fact]
    public async Task FiftyCallersAtOnceForTheSameNumbers_OneGetsThem()
    {
        var numbers = Numbers("3012", 1, 10);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            try
            {
                return (Packs: await _ca.IssueAsync(RequestId.New(), numbers), Error: (ErrorCode?)null);
            }
            catch (ProvisioningException refused)
            {
                return (Packs: [], Error: refused.Code);
            }
        }));
        Assert.Equal(10, Assert.Single(outcomes, outcome => outcome.Error is null).Packs.Count);
        Assert.All(outcomes.Where(outcome => outcome.Error is not null), outcome => Assert.Equal(ErrorCode.AlreadyIssued, outcome.Error));
        Assert.All(numbers, number => Assert.Equal(["Issued"], _ca.States(number)));
    }

    [Fact]
    public async Task FiftyCallersAtOnceWithTheSameRequest_AllGetTheSamePacks()
    {
        var id = RequestId.New();
        var numbers = Numbers("3012", 1, 30);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _ca.IssueAsync(id, numbers)));
        Assert.All(answers, answer => Assert.Equal(answers[0].Select(Content), answer.Select(Content)));
        Assert.All(numbers, number => Assert.Equal(["Issued"], _ca.States(number)));
    }

    private static string Content(CertificatePack pack) => $"{pack.MachineNumber} {pack.Fingerprint} {Convert.ToHexString(pack.PrivateKey!)}";

    private static async Task RefusedAsync(ErrorCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<ProvisioningException>(call)).Code);
}

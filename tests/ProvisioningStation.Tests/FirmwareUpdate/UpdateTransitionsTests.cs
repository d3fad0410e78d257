using ProvisioningStation.FirmwareUpdate;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

public sealed class UpdateTransitionsTests
{
    private static readonly UpdateState[] UnderWay =
        [UpdateState.Requested, UpdateState.PasswordShared, UpdateState.VersionRead, UpdateState.Sending, UpdateState.Sent, UpdateState.Restarted];

    [Fact]
    public void EveryStepUnderWay_MayFailOrBeGivenUp() => Assert.All(UnderWay, state =>
    {
        Assert.Null(UpdateTransitions.OutcomeOf(state));
        Assert.True(UpdateTransitions.Allows(state, UpdateState.Failed));
        Assert.True(UpdateTransitions.Allows(state, UpdateState.Aborted));
    });

    [Fact]
    public void EveryOutcome_LeadsToTheErasingAndTheReport()
    {
        UpdateState[] outcomes = [UpdateState.Verified, UpdateState.NotNeeded, UpdateState.Failed, UpdateState.Aborted];
        Assert.All(outcomes, state =>
        {
            Assert.NotNull(UpdateTransitions.OutcomeOf(state));
            Assert.Equal([UpdateState.PasswordErased], Enum.GetValues<UpdateState>().Where(next => UpdateTransitions.Allows(state, next)));
        });
        Assert.Equal([UpdateState.Reported], Enum.GetValues<UpdateState>().Where(next => UpdateTransitions.Allows(UpdateState.PasswordErased, next)));
        Assert.DoesNotContain(Enum.GetValues<UpdateState>(), next => UpdateTransitions.Allows(UpdateState.Reported, next));
    }

    [Fact]
    public void OnlyWhatWasReadBackAfterTheRestart_IsVerified() =>
        Assert.Equal([UpdateState.Restarted], Enum.GetValues<UpdateState>().Where(state => UpdateTransitions.Allows(state, UpdateState.Verified)));

    [Fact]
    public void OnlyTheWrongVersion_LeadsBack() => Assert.Equal(
        [(UpdateState.Restarted, UpdateState.Sending)],
        UnderWay.SelectMany(state => UnderWay.Where(next => next < state && UpdateTransitions.Allows(state, next)).Select(next => (state, next))));
}

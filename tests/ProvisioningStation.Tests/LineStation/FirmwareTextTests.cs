using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.LineStation.KioskUi;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>What the kiosk shows while a board's firmware is updated.</summary>
public sealed class FirmwareTextTests
{
    [Theory]
    [InlineData(UpdateState.Requested, null, null, false, "Updating firmware", "ファームウェア更新中")]
    [InlineData(UpdateState.Sending, 43, null, false, "Updating firmware 43 %", "ファームウェア更新中 43 %")]
    [InlineData(UpdateState.Sending, 43, "no answer", true, "No answer from the board. Trying again.", "基板が応答しません。再試行中です。")]
    [InlineData(UpdateState.Sent, null, "waiting: printing job 3 of 5", false, "Waiting: printing job 3 of 5", "待機中：印刷ジョブ 3 / 5")]
    [InlineData(UpdateState.Sent, null, "waiting: cover open {0}", false, "Waiting: cover open {0}", "待機中：cover open {0}")]
    [InlineData(UpdateState.Sent, null, "installing", false, "Installing firmware", "ファームウェアを書き込み中")]
    [InlineData(UpdateState.Sent, null, "restarting", true, "The board restarts", "基板を再起動中")]
    public void EveryMoment_IsSaidInBothLanguages(UpdateState state, int? percent, string? detail, bool isAway, string english, string japanese)
    {
        var progress = new UpdateProgress(Guid.Empty, "3012-100001", state, percent, detail, isAway);
        Assert.Equal((english, japanese), (FirmwareText.Of(progress, "en"), FirmwareText.Of(progress, "ja")));
    }

    [Fact]
    public void LongReasonOfABoard_IsShortened_SoThatTheScreenKeepsItsForm()
    {
        var progress = new UpdateProgress(Guid.Empty, "3012-100001", UpdateState.Sent, null, "waiting: " + new string('x', 300), false);
        Assert.Equal("Waiting: ".Length + 81, FirmwareText.Of(progress, "en").Length); // and an ellipsis
    }

    [Fact]
    public void Update_IsWriting_AndWhatOnlyNotesThatNothingIsToDoIsNot()
    {
        var scanned = KioskScreen.Empty.After(Event(StationStep.Scanned, 0));
        Assert.Equal(KioskState.Scanned, scanned.After(Event(StationStep.UpdateFirmware, 0)).State);
        var updating = scanned.After(Event(StationStep.UpdateFirmware, 2));
        Assert.Equal((KioskState.Writing, StationStep.UpdateFirmware), (updating.State, updating.Shown!.Step));
        Assert.Equal(KioskState.Scanned, updating.After(Event(StationStep.UpdateFirmware, 0)).After(Event(StationStep.Fetch, 3)).State);
        Assert.Equal("3012-100001", updating.AfterRestart().Interrupted);
    }

    private static StationEvent Event(StationStep step, int number) => new(1, DateTimeOffset.UnixEpoch, "1001", "3012-100001", step, null, null, null, 0, 0, null, number, number == 0 ? 0 : 8);
}

using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Protocol.Firmware;

/// <summary>Which images a board may install (U-20), rule by rule; each at the edge of what is allowed and one step behind it.</summary>
public sealed class ImageRulesTests
{
    private static readonly byte[] Payload = TestImages.Payload(1000);
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly ImageTarget Board = new([ModelCode.Parse("3012")], 2, 1, 100_000, Noon);

    [Fact]
    public void Model_IsOneOfThoseThatTheImageNames()
    {
        Allow(manifest => manifest with { Models = [ModelCode.Parse("A123"), ModelCode.Parse("3012")] }, Board);
        Refuse(manifest => manifest with { Models = [ModelCode.Parse("A123"), ModelCode.Parse("3013")] }, Board, "it is for A123, 3013, and this board is 3012");
        Allow(manifest => manifest, Board with { Models = [ModelCode.Parse("A123"), ModelCode.Parse("3012")] });
        Refuse(manifest => manifest, Board with { Models = [] }, "it is for 3012");
    }

    [Fact]
    public void Older_IsRefusedUnlessItSaysThatItMay()
    {
        Allow(manifest => manifest with { Sequence = 3 }, Board);
        Allow(manifest => manifest with { Sequence = 2 }, Board);
        Refuse(manifest => manifest with { Sequence = 1 }, Board, "older than what is installed (sequence 1 < 2)");
        Allow(manifest => manifest with { Sequence = 1, AllowsRollback = true }, Board);
        Allow(manifest => manifest with { Sequence = 1 }, Board with { Sequence = 0 });
    }

    [Fact]
    public void BelowTheFloor_IsRefusedEvenIfItMayGoBack()
    {
        Allow(manifest => manifest with { Sequence = 5, AllowsRollback = true }, Board with { Sequence = 9, Floor = 5 });
        Refuse(manifest => manifest with { Sequence = 4, AllowsRollback = true }, Board with { Sequence = 9, Floor = 5 }, "its sequence 4 is below 5");
        Refuse(manifest => manifest with { Sequence = 4 }, Board with { Sequence = 0, Floor = 5 }, "its sequence 4 is below 5");
    }

    [Fact]
    public void Expired_IsRefusedWhereTheClockIsBelieved()
    {
        Allow(manifest => manifest with { Expires = Noon }, Board);
        Refuse(manifest => manifest with { Expires = Noon.AddSeconds(-1) }, Board, "it expired at 2026-11-21 11:59:59Z");
        Allow(manifest => manifest with { Expires = Noon.AddYears(-1) }, Board with { Now = null });
        Allow(manifest => manifest with { Expires = null }, Board);
    }

    [Fact]
    public void Room_IsForHeaderAndPayload()
    {
        var length = TestImages.Shared.Make(Payload).Length;
        Allow(manifest => manifest, Board with { Capacity = length });
        Refuse(manifest => manifest, Board with { Capacity = length - 1 }, $"it takes {length} bytes, and there is room for {length - 1}");
        Refuse(manifest => manifest with { Size = ImageManifest.MaxSize }, Board, "there is room for 100000");
    }

    [Fact]
    public void Place_IsTheOneThatTheImageIsMadeFor()
    {
        static ImageManifest Viewer(ImageManifest manifest) => manifest with { Kind = ImageKind.Application, Name = "viewer" };
        Allow(Viewer, Board with { Application = "viewer" });
        Refuse(Viewer, Board, "it is the application viewer, and this is the place of firmware");
        Refuse(Viewer, Board with { Application = "printer" }, "it is the application viewer, and this is the place of the application printer");
        Refuse(manifest => manifest, Board with { Application = "viewer" }, "it is firmware, and this is the place of the application viewer");
    }

    private static void Allow(Func<ImageManifest, ImageManifest> change, ImageTarget target) => ImageRules.RequireInstallable(Sign(change), target);

    private static void Refuse(Func<ImageManifest, ImageManifest> change, ImageTarget target, string reason)
    {
        var refused = Assert.Throws<ProvisioningException>(() => ImageRules.RequireInstallable(Sign(change), target));
        Assert.Equal(ErrorCode.ImageNotAllowed, refused.Code);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    private static ImageHeader Sign(Func<ImageManifest, ImageManifest> change) => ImageHeader.Sign(change(TestImages.Manifest(Payload)), TestImages.Shared.Key);
}

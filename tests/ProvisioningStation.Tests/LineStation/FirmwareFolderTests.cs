using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.FirmwareUpdating;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Which image a line takes from its folder, and which it passes over.</summary>
public sealed class FirmwareFolderTests : IDisposable
{
    private static readonly ModelCode Model = ModelCode.Parse("3012");

    private readonly TemporaryDirectory _files = new();
    private readonly HealthState _health = new(TimeProvider.System);
    private readonly FirmwareFolder _folder;

    public FirmwareFolderTests() => _folder = new FirmwareFolder(_files.Path, TestImages.Shared.TrustedKeys, _health, TimeProvider.System);

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task OfSeveralImages_TheLargestSequenceForTheModelIsTaken()
    {
        Write("a.img", manifest => manifest with { Sequence = 2, Version = "2.0" });
        Write("b.img", manifest => manifest with { Sequence = 10, Version = "10.0" });
        Write("c.img", manifest => manifest with { Sequence = 9, Version = "9.0" });
        Write("another-model.img", manifest => manifest with { Sequence = 11, Models = [ModelCode.Parse("A123")] });
        Write("expired.img", manifest => manifest with { Sequence = 12, Expires = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        Write("application.img", manifest => manifest with { Sequence = 13, Kind = ImageKind.Application, Name = "viewer" });
        Assert.Equal("10.0", (await _folder.FindNewestAsync(Model, default))?.Version);
        Assert.Empty(_health.Problems);
    }

    [Fact]
    public async Task EmptyFolder_HasNothing_AndAFolderThatIsNotThereIsAnError()
    {
        Assert.Null(await _folder.FindNewestAsync(Model, default));
        var missing = new FirmwareFolder(_files["missing"], TestImages.Shared.TrustedKeys, _health, TimeProvider.System);
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<ProvisioningException>(() => missing.FindNewestAsync(Model, default))).Code);
    }

    [Fact]
    public async Task HalfCopiedImage_IsPassedOverAndSaid_UntilItIsWhole()
    {
        Write("old.img", manifest => manifest);
        var whole = TestImages.Shared.Make(TestImages.Payload(5000), manifest => manifest with { Sequence = 3, Version = "3.0" });
        File.WriteAllBytes(_files["new.img"], whole[..^1]);
        Assert.Equal("2.0", (await _folder.FindNewestAsync(Model, default))?.Version);
        Assert.Contains("new.img: It is not whole", _health.Problems[FirmwareFolder.Condition], StringComparison.Ordinal);

        File.WriteAllBytes(_files["new.img"], whole);
        Assert.Equal("3.0", (await _folder.FindNewestAsync(Model, default))?.Version);
        Assert.Empty(_health.Problems);
    }

    [Fact]
    public async Task ManifestThatIsBrokenAndThatNobodySigned_IsRefusedForItsSignature()
    {
        var image = TestImages.Shared.Make(TestImages.Payload(5000));
        image[44] ^= 1; // where the manifest begins: no DER any more
        File.WriteAllBytes(_files["new.img"], image);
        Assert.Null(await _folder.FindNewestAsync(Model, default));
        Assert.Contains("signature does not fit", _health.Problems[FirmwareFolder.Condition], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImageThatWasChangedOrSignedBySomebodyElse_IsNeverUsed()
    {
        using var stranger = new TestImages();
        stranger.Write(_files["stranger.img"], TestImages.Payload(100));
        var changed = TestImages.Shared.Make(TestImages.Payload(100));
        changed[^1] ^= 1;
        File.WriteAllBytes(_files["changed.img"], changed);
        File.WriteAllText(_files["text.img"], "no image");
        File.WriteAllText(_files["notes.txt"], "put images here");
        Assert.Null(await _folder.FindNewestAsync(Model, default));
        var said = _health.Problems[FirmwareFolder.Condition];
        Assert.All(["stranger.img", "changed.img", "text.img"], name => Assert.Contains(name, said, StringComparison.Ordinal));
        Assert.DoesNotContain("notes.txt", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatTookAnothersName_IsNotSentForIt()
    {
        Write("firmware.img", manifest => manifest);
        var image = (await _folder.FindNewestAsync(Model, default))!;
        await using (var open = _folder.Open(image.Id))
            Assert.Equal((0, image.Header.ImageLength), (open!.Position, open.Length));
        Write("firmware.img", manifest => manifest with { Sequence = 3, Version = "3.0" });
        Assert.Null(_folder.Open(image.Id));
        File.Delete(_files["firmware.img"]);
        Assert.Null(_folder.Open(image.Id));
    }

    private void Write(string name, Func<ImageManifest, ImageManifest> change) => TestImages.Shared.Write(_files[name], TestImages.Payload(100), change);
}

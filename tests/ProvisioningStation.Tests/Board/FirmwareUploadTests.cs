using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>What the board takes over FTP, and what it refuses before a byte of it is kept (U-20, U-22).</summary>
public sealed class FirmwareUploadTests : IAsyncDisposable
{
    private static readonly byte[] Payload = TestImages.Payload(700_000);
    private static readonly byte[] Image = TestImages.Shared.Make(Payload);

    private readonly UpdatableBoard _board = new();

    public static TheoryData<string> Refused => ["model", "application", "expired", "too-big", "other-key", "manifest-bit", "signature-bit", "key-bit", "no-image"];

    public static TheoryData<int> Offsets => [1, 7, 11, 12, 13, 44, 100, Image.Length - Payload.Length - 1, Image.Length - Payload.Length, Image.Length - Payload.Length + 1, 262_144, 524_288, 524_289, Image.Length - 1];

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public async Task WholeImage_LiesInTheInactiveSlot()
    {
        await _board.StartAsync();
        Assert.Equal("1.0.0", _board.Inbox.FindVersion(ImagePlace.Firmware));
        Assert.True(await _board.SendAsync(Image));
        Assert.Equal(Image, await File.ReadAllBytesAsync(_board["flash/os-image-2/firmware.img.part"]));
        Assert.Equal(Image.Length, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        Assert.Equal("1.0.0", _board.Inbox.FindVersion(ImagePlace.Firmware));
        Assert.Equal(new InstallStatus(InstallState.Idle, null), _board.Inbox.Status);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task ImageThatMayNotBeInstalled_IsRefusedBeforeAByteOfItIsKept(string what)
    {
        using var another = new TestImages();
        _board.Install = _board.Install with { SlotSize = what == "too-big" ? 500_000 : _board.Install.SlotSize };
        await _board.StartAsync();
        var header = Image.Length - Payload.Length;
        var image = what switch
        {
            "model" => TestImages.Shared.Make(Payload, manifest => manifest with { Models = [ModelCode.Parse("A123")] }),
            "application" => TestImages.Shared.Make(Payload, manifest => manifest with { Kind = ImageKind.Application, Name = "editor" }),
            "expired" => TestImages.Shared.Make(Payload, manifest => manifest with { Expires = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero) }),
            "other-key" => another.Make(Payload),
            "manifest-bit" => Changed(header - 80),
            "signature-bit" => Changed(header - 1),
            "key-bit" => Changed(20),
            "no-image" => Changed(0),
            _ => Image,
        };
        var untouched = new EndlessStream(image);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.Inbox.ReceiveAsync(ImagePlace.Firmware, 0, untouched, CancellationToken.None));
        Assert.Equal(what is "model" or "application" or "expired" or "too-big" ? ErrorCode.ImageNotAllowed : ErrorCode.InvalidImage, refused.Code);
        Assert.InRange(untouched.Position, 0, image.Length - Payload.Length);
        Assert.Empty(Directory.GetFiles(_board["flash/os-image-2"]));
        Assert.Equal(new InstallStatus(InstallState.Failed, refused.Message), _board.Inbox.Status);
        _board.Install = new();
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Image)); // and the good one is taken afterwards
    }

    [Theory]
    [InlineData(0)]
    [InlineData(350_000)]
    [InlineData(699_999)]
    public async Task BitThatChangedInThePayload_DeletesThePart(int at)
    {
        await _board.StartAsync();
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Changed(Image.Length - Payload.Length + at)));
        Assert.Equal(ErrorCode.InvalidImage, refused.Code);
        Assert.Equal(0, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        Assert.Equal("1.0.0", (await _board.StartAsync()).Running.Version);
    }

    [Fact]
    public async Task BytesBehindTheImage_DeleteThePart()
    {
        await _board.StartAsync();
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync([.. Image, 0]));
        Assert.Contains("More came", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, _board.Inbox.FindPartLength(ImagePlace.Firmware));
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public async Task TransferThatBreaksOff_GoesOnWhereItStopped_AcrossAStartToo(int at)
    {
        await _board.StartAsync();
        Assert.False(await _board.SendAsync(Image[..at]));
        await _board.StartAsync();
        var part = _board.Inbox.FindPartLength(ImagePlace.Firmware);
        Assert.Equal(at < Image.Length - Payload.Length ? 0 : at, part);
        if (part > 0)
        {
            await using var kept = _board.Inbox.OpenPart(ImagePlace.Firmware);
            Assert.Equal(Image[..at], await ReadAsync(kept));
        }

        Assert.True(await _board.SendAsync(Image, part));
        Assert.Equal(Image, await File.ReadAllBytesAsync(_board["flash/os-image-2/firmware.img.part"]));
    }

    [Fact]
    public async Task PartOfAHeader_AsAPowerCutLeavesIt_GoesOnToo()
    {
        await _board.StartAsync();
        await File.WriteAllBytesAsync(_board["flash/os-image-2/firmware.img.part"], Image[..50]);
        Assert.True(await _board.SendAsync(Image, 50));
        Assert.Equal(Image, await File.ReadAllBytesAsync(_board["flash/os-image-2/firmware.img.part"]));
    }

    [Fact]
    public async Task PartThatIsNotWhatWasSent_IsFoundByTheDigestAndDeleted()
    {
        await _board.StartAsync();
        Assert.False(await _board.SendAsync(Image[..600_000]));
        var part = await File.ReadAllBytesAsync(_board["flash/os-image-2/firmware.img.part"]);
        part[300_000] ^= 1;
        await File.WriteAllBytesAsync(_board["flash/os-image-2/firmware.img.part"], part);
        await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Image, 600_000));
        Assert.Equal(0, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        Assert.True(await _board.SendAsync(Image));
    }

    [Fact]
    public async Task OffsetThatIsNotThePartsEnd_IsAConflictAndKeepsIt()
    {
        await _board.StartAsync();
        Assert.False(await _board.SendAsync(Image[..600_000]));
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Image, 599_999));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        Assert.Equal(600_000, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        Assert.True(await _board.SendAsync(Image)); // from the first byte is always allowed
    }

    [Fact]
    public async Task ConnectionThatIsResetOrGivenUp_KeepsThePart()
    {
        await _board.StartAsync();
        Assert.False(await _board.Inbox.ReceiveAsync(ImagePlace.Firmware, 0, new BrokenStream(Image, 400_000, new IOException("reset")), CancellationToken.None));
        Assert.Equal(400_000, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        using var given = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _board.Inbox.ReceiveAsync(ImagePlace.Firmware, 400_000, new BrokenStream(Image[400_000..], 100_000, null, given), given.Token));
        Assert.Equal(500_000, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        Assert.Equal(InstallState.Idle, _board.Inbox.Status.State);
        Assert.True(await _board.SendAsync(Image, 500_000));
    }

    [Fact]
    public async Task SecondUploadBesideTheFirst_IsBusy()
    {
        await _board.StartAsync();
        var pipe = new System.IO.Pipelines.Pipe();
        var first = _board.Inbox.ReceiveAsync(ImagePlace.Firmware, 0, pipe.Reader.AsStream(), CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Image));
        Assert.Equal(ErrorCode.BoardBusy, refused.Code);
        Assert.Equal(InstallState.Receiving, _board.Inbox.Status.State);
        await pipe.Writer.WriteAsync(Image);
        await pipe.Writer.CompleteAsync();
        Assert.True(await first);
    }

    [Fact]
    public async Task ManifestThatIsBrokenAndThatNobodySigned_IsRefusedForItsSignature()
    {
        await _board.StartAsync();
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Changed(44))); // where the manifest begins: no DER any more
        Assert.Contains("signature does not fit", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BoardWithoutKeysOrModels_SaysWhyItTakesNothing()
    {
        await using var board = await new UpdatableBoard(trustsNobody: true).StartAsync();
        Assert.Contains("Board:FirmwareKeys", (await Assert.ThrowsAsync<ProvisioningException>(() => board.SendAsync(Image))).Message, StringComparison.Ordinal);
        _board.Options = _board.Options with { Models = [] };
        await _board.StartAsync();
        Assert.Contains("Board:Models", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Image))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1970, true)] // never set: expiry is not judged
    [InlineData(2027, true)]
    [InlineData(2099, false)]
    public async Task Expiry_IsJudgedByAClockThatCanBeBelieved(int year, bool taken)
    {
        _board.Time = new SettableTime(new DateTimeOffset(year, 6, 1, 0, 0, 0, TimeSpan.Zero));
        await _board.StartAsync();
        var image = TestImages.Shared.Make(Payload, manifest => manifest with { Expires = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        if (taken)
            Assert.True(await _board.SendAsync(image));
        else
            Assert.Contains("expired at 2030", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(image))).Message, StringComparison.Ordinal);
    }

    private static byte[] Changed(int at)
    {
        var changed = (byte[])Image.Clone();
        changed[at] ^= 1;
        return changed;
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    /// <summary>Counts what was taken from it, and never ends.</summary>
    private sealed class EndlessStream(byte[] content) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position < Length ? base.ReadAsync(buffer, cancellationToken) : throw new InvalidOperationException("More was wanted than there is.");
    }

    /// <summary>Breaks at a byte, with an exception or because the reader gives up.</summary>
    private sealed class BrokenStream(byte[] content, int at, Exception? cause, CancellationTokenSource? given = null) : MemoryStream(content, 0, at)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
                return await base.ReadAsync(buffer, cancellationToken);
            if (cause is not null)
                throw cause;
            await given!.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return 0;
        }
    }
}

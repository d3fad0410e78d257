using ProvisioningStation.Control.Firmware;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary>An image's file is whole or absent, whatever happens while it is made.</summary>
public sealed class ImageFileTests : IDisposable
{
    private static readonly byte[] Payload = TestImages.Payload(300_000);

    private readonly TemporaryDirectory _directory = new();

    private string Image => _directory["a.img"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Image_IsTheOneThatIsMadeInMemory()
    {
        using var payload = new MemoryStream(Payload);
        var header = await WriteAsync(payload, overwrite: false);
        Assert.Equal(TestImages.Manifest(Payload).ToDer(), header.Manifest.ToDer());
        Assert.Equal([.. header.Bytes.Span, .. Payload], File.ReadAllBytes(Image));
        Assert.Equal([Image], Directory.EnumerateFiles(_directory.Path));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-299_999)]
    [InlineData(1)]
    [InlineData(200_000)]
    public async Task PayloadThatChangesItsLength_LeavesWhatWasThere(int by)
    {
        File.WriteAllText(Image, "what was there");
        using var payload = new MemoryStream([.. Payload[..(Payload.Length + Math.Min(by, 0))], .. new byte[Math.Max(by, 0)]]);
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => WriteAsync(payload, overwrite: true));
        Assert.Contains("longer or shorter", refused.Message, StringComparison.Ordinal);
        Assert.Equal("what was there", File.ReadAllText(Image));
        Assert.Equal([Image], Directory.EnumerateFiles(_directory.Path));
    }

    [Fact]
    public async Task GivenUpInTheMiddle_LeavesNothing()
    {
        using var source = new CancellationTokenSource();
        await using var payload = new CancellingStream(Payload, source);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WriteAsync(payload, overwrite: false, source.Token));
        Assert.True(payload.Position > 0);
        Assert.Empty(Directory.EnumerateFiles(_directory.Path));
    }

    private Task<ImageHeader> WriteAsync(Stream payload, bool overwrite, CancellationToken cancellationToken = default) =>
        ImageFile.WriteAsync(Image, payload, TestImages.Manifest(Payload), TestImages.Shared.Key, overwrite, cancellationToken);

    /// <summary>Somebody presses Ctrl-C when the first bytes were read.</summary>
    private sealed class CancellingStream(byte[] bytes, CancellationTokenSource source) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            await source.CancelAsync();
            return read;
        }
    }
}

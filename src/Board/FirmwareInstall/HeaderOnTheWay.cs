using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The header of an image that arrives: from the network, or where the upload goes on, first from what is here.</summary>
internal static class HeaderOnTheWay
{
    /// <summary>Reads it and leaves <paramref name="data"/> behind it; null where the connection broke before it was whole.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where no image begins so that one of <paramref name="trusted"/> has signed.</exception>
    public static async Task<ImageHeader?> ReadAsync(string part, long offset, Stream data, IReadOnlyList<FirmwareKey> trusted, CancellationToken cancellationToken)
    {
        var bytes = new byte[ImageHeader.MaxLength];
        var here = offset > 0 ? await ReadPartAsync(part, bytes.AsMemory(0, (int)Math.Min(offset, bytes.Length)), cancellationToken) : 0;
        try
        {
            here = await FillAsync(data, bytes, here, ImageHeader.PrefixLength, cancellationToken);
            if (here < ImageHeader.PrefixLength)
                return null;
            var length = ImageHeader.LengthOf(bytes);
            here = await FillAsync(data, bytes, here, length, cancellationToken);
            return here < length ? null : ImageHeader.Read(bytes.AsSpan(0, length), trusted);
        }
        catch (Exception cause) when (cause is IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static async Task<int> FillAsync(Stream data, byte[] bytes, int here, int wanted, CancellationToken cancellationToken) => here >= wanted
        ? here
        : here + await data.ReadAtLeastAsync(bytes.AsMemory(here, wanted - here), wanted - here, throwOnEndOfStream: false, cancellationToken);

    private static async Task<int> ReadPartAsync(string part, Memory<byte> bytes, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(part);
        return await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
    }
}

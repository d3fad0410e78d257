using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>
/// One image on its way into flash. Two buffers: while one is hashed and written, the other is filled from the network. What has been written is forced to the medium in
/// steps, beside the writing, so that a power cut costs a step and not the whole transfer.
/// </summary>
internal sealed class ImageUpload : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const long FlushStep = 16 * 1024 * 1024;

    private readonly ImageHeader _header;
    private readonly SafeFileHandle _file;
    private readonly SimulatedFaults.Programming _medium;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly bool _spoils;
    private long _kept;
    private long _flushed;
    private Task _flushing = Task.CompletedTask;

    /// <summary>Begins, or goes on at <paramref name="offset"/>: then what lies there already is hashed again from the medium.</summary>
    public ImageUpload(string path, ImageHeader header, long offset, SimulatedFaults faults, CancellationToken cancellationToken)
    {
        _header = header;
        if (offset > header.Length)
        {
            using var part = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan) { Position = header.Length };
            StoredImage.Append(_hash, part, offset - header.Length, null, cancellationToken);
        }

        var begun = Math.Min(offset, header.Length);
        _kept = _flushed = offset;
        _spoils = faults.FailFirmwareWrites.TryTake();
        _medium = faults.Program("firmware", offset);
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        if (begun < header.Length)
        {
            _medium.Append(_file, header.Bytes.Span[(int)begun..]);
            _kept = header.Length;
        }
    }

    /// <summary>Bytes of the image that are kept, header included.</summary>
    public long Kept => Volatile.Read(ref _kept);

    /// <summary>Takes the rest from <paramref name="data"/>, as far as it comes, and forces it to the medium.</summary>
    /// <returns>Whether the image is whole; then its digest fits.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where more or something else came.</exception>
    public async Task<bool> RunAsync(Stream data, CancellationToken cancellationToken)
    {
        byte[][] buffers = [GC.AllocateUninitializedArray<byte>(BufferSize), GC.AllocateUninitializedArray<byte>(BufferSize)];
        var keeping = Task.CompletedTask;
        var left = _header.ImageLength - _kept;
        try
        {
            for (var turn = 0; left > 0; turn ^= 1)
            {
                var buffer = buffers[turn].AsMemory(0, (int)Math.Min(BufferSize, left));
                var (count, goesOn) = await FillAsync(data, buffer, cancellationToken);
                await keeping;
                keeping = count > 0 ? Task.Run(() => Keep(buffer.Span[..count]), CancellationToken.None) : Task.CompletedTask;
                left -= count;
                if (!goesOn)
                    break;
            }
        }
        finally
        {
            await keeping;
            await _flushing;
            RandomAccess.FlushToDisk(_file);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (left > 0)
            return false;
        if ((await FillAsync(data, buffers[0].AsMemory(0, 1), cancellationToken)).Count > 0)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"More came than the {_header.ImageLength} bytes of the image.");
        StoredImage.RequireDigest(_header, _hash);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    /// <summary>Fills the buffer, as far as anything comes; a connection that breaks is an end.</summary>
    private static async Task<(int Count, bool GoesOn)> FillAsync(Stream data, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = 0;
        try
        {
            while (count < buffer.Length)
            {
                var read = await data.ReadAsync(buffer[count..], cancellationToken);
                if (read == 0)
                    return (count, false);
                count += read;
            }

            return (count, true);
        }
        catch (Exception cause) when (cause is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return (count, false);
        }
    }

    private void Keep(Span<byte> bytes)
    {
        _hash.AppendData(bytes);
        if (_spoils && _kept == _header.Length)
            bytes[0] ^= 0x01;
        _medium.Append(_file, bytes);
        Volatile.Write(ref _kept, _kept + bytes.Length);
        if (_kept - _flushed < FlushStep || !_flushing.IsCompleted)
            return; // a slow medium takes larger steps, and the network does not wait for it
        _flushing.GetAwaiter().GetResult();
        _flushed = _kept;
        _flushing = Task.Run(() => RandomAccess.FlushToDisk(_file));
    }
}

using System.Net.Sockets;

namespace ProvisioningStation.Board.Ftp;

/// <summary>
/// The bytes of one data connection. Reading ends, as at the end of the data, also where the connection breaks, stands still, is aborted or brings too much: <see cref="Problem"/> then says why.
/// </summary>
internal sealed class DataStream : Stream
{
    private readonly Socket _socket;
    private readonly Deadline _deadline;
    private readonly TimeSpan _patience;
    private readonly long _largest;
    private string? _problem;

    /// <param name="socket">The connection, ended with the stream.</param>
    /// <param name="patience">The longest wait for the next byte.</param>
    /// <param name="largest">The most bytes that are read.</param>
    /// <param name="time">For the wait.</param>
    public DataStream(Socket socket, TimeSpan patience, long largest, TimeProvider time)
    {
        _socket = socket;
        _patience = patience;
        _largest = largest;
        _deadline = new Deadline(time, () => Break("nothing came on the data connection for too long"));
    }

    /// <summary>Why it ended before the data did; null where it did not.</summary>
    public string? Problem => _problem;

    /// <summary>Whether more came than is allowed.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>How many bytes went through.</summary>
    public long Count { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Ends the connection now.</summary>
    public void Break(string problem)
    {
        Interlocked.CompareExchange(ref _problem, problem, null);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_problem is not null)
            return 0;
        try
        {
            var reading = _socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None); // Break ends it: cheaper than a token for each read
            if (!reading.IsCompleted)
                _deadline.Set(_patience);
            var read = await reading;
            _deadline.Clear();
            Count += read;
            if (Count <= _largest)
                return read;
            IsTooLarge = true;
            Break($"more than {_largest} bytes came");
            return 0;
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            Break("the data connection broke off");
            return 0;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection is broken; <see cref="Problem"/> says why.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (buffer.Length > 0)
            {
                _deadline.Set(_patience);
                var sent = await _socket.SendAsync(buffer, SocketFlags.None, CancellationToken.None);
                _deadline.Clear();
                Count += sent;
                buffer = buffer[sent..];
            }
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            Break("the data connection broke off");
            throw new IOException(_problem, cause);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _deadline.Dispose();
            _socket.Dispose();
        }

        base.Dispose(disposing);
    }
}

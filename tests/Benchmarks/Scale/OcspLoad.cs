using System.Diagnostics;
using System.Formats.Asn1;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>
/// A client that asks an OCSP responder as fast as it answers, over plain sockets so that it costs the machine little: connections are kept where the server keeps them, and made anew
/// where it closes them after each answer.
/// </summary>
internal static class OcspLoad
{
    private const int Callers = 16;
    private const string Nonce = "1.3.6.1.5.5.7.48.1.2";
    private const string Sha1 = "1.3.14.3.2.26";

    /// <summary>Answers per second over <paramref name="duration"/>. Every answer must be a successful one.</summary>
    public static async Task<double> MeasureAsync(IPEndPoint server, string path, IReadOnlyList<Func<byte[]>> requests, TimeSpan duration, CancellationToken cancellationToken)
    {
        await RunAsync(server, path, requests, TimeSpan.FromSeconds(1), cancellationToken);
        return await RunAsync(server, path, requests, duration, cancellationToken);
    }

    /// <summary>Requests about one certificate each, in turn.</summary>
    public static Func<byte[]> About(X509Certificate2 issuer, byte[] serialNumber, bool withNonce)
    {
        var (name, key) = (HashData(issuer.SubjectName.RawData), HashData(issuer.PublicKey.EncodedKeyValue.RawData));
        if (withNonce)
            return () => Encode(name, key, serialNumber, RandomNumberGenerator.GetBytes(16));
        var request = Encode(name, key, serialNumber, null);
        return () => request;
    }

    private static async Task<double> RunAsync(IPEndPoint server, string path, IReadOnlyList<Func<byte[]>> requests, TimeSpan duration, CancellationToken cancellationToken)
    {
        var (answered, next, started) = (0, 0, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(
            async () =>
            {
                using var connection = new Connection(server, path);
                while (Stopwatch.GetElapsedTime(started) < duration)
                {
                    try
                    {
                        await connection.AskAsync(requests[(int)((uint)Interlocked.Increment(ref next) % requests.Count)](), cancellationToken);
                        Interlocked.Increment(ref answered);
                    }
                    catch (SocketException)
                    {
                        connection.Dispose(); // the peer's queue was full; asked again, and not counted
                    }
                }
            },
            cancellationToken)));
        return answered / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

#pragma warning disable CA5350 // OCSP clients name the issuer by SHA-1 (RFC 5019, 2.1.1)
    private static byte[] HashData(byte[] data) => SHA1.HashData(data);
#pragma warning restore CA5350

    private static byte[] Encode(byte[] nameHash, byte[] keyHash, byte[] serialNumber, byte[]? nonce)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Sha1);
                    writer.WriteNull();
                }

                writer.WriteOctetString(nameHash);
                writer.WriteOctetString(keyHash);
                writer.WriteInteger(serialNumber);
            }

            if (nonce is not null)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2, isConstructed: true)))
                using (writer.PushSequence())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Nonce);
                    using (writer.PushOctetString())
                        writer.WriteOctetString(nonce);
                }
            }
        }

        return writer.Encode();
    }

    private sealed class Connection(IPEndPoint server, string path) : IDisposable
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private Socket? _socket;

        public async Task AskAsync(byte[] request, CancellationToken cancellationToken)
        {
            if (_socket is null)
            {
                _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await _socket.ConnectAsync(server, cancellationToken);
            }

            var head = string.Create(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\nContent-Length: {request.Length}\r\n\r\n");
            await _socket.SendAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. request], cancellationToken);
            var (length, end, total) = (0, -1, int.MaxValue);
            while (length < total)
            {
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
                if (read == 0)
                    break;
                length += read;
                if (end < 0 && (end = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) >= 0)
                    total = end + 4 + ContentLength(Encoding.ASCII.GetString(_buffer, 0, end));
            }

            // OCSPResponse ::= SEQUENCE (a length of two octets) { responseStatus ENUMERATED successful, …
            if (end < 0 || !_buffer.AsSpan(end + 8, 3).SequenceEqual((ReadOnlySpan<byte>)[0x0A, 0x01, 0x00]))
                throw new InvalidDataException("The responder gave no successful answer: " + Encoding.Latin1.GetString(_buffer, 0, length));
            if (!Encoding.ASCII.GetString(_buffer, 0, end).StartsWith("HTTP/1.1", StringComparison.Ordinal))
                Dispose();
        }

        public void Dispose()
        {
            _socket?.Dispose();
            _socket = null;
        }

        private static int ContentLength(string head)
        {
            const string Name = "content-length:";
            var start = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase) + Name.Length;
            var end = head.IndexOf('\r', start);
            return int.Parse(head.AsSpan(start, (end < 0 ? head.Length : end) - start).Trim(), CultureInfo.InvariantCulture);
        }
    }
}

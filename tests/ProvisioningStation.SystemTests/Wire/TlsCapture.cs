using System.Buffers.Binary;

namespace ProvisioningStation.SystemTests.Wire;

/// <summary>Reads a packet capture of the loopback interface and says of every TCP stream whether it is TLS records from the first byte to the last.</summary>
internal static class TlsCapture
{
    private const int FileHeader = 24;
    private const int PacketHeader = 16;
    private const int EthernetHeader = 14;

    /// <summary>Each direction of each connection that carried data, with what is wrong with it; null where it is TLS throughout.</summary>
    public static Dictionary<string, string?> Judge(byte[] pcap)
    {
        var streams = new Dictionary<string, SortedDictionary<uint, byte[]>>(StringComparer.Ordinal);
        for (var at = FileHeader; at + PacketHeader <= pcap.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(pcap.AsSpan(at + 8));
            Collect(pcap.AsSpan(at + PacketHeader, length), streams);
            at += PacketHeader + length;
        }

        return streams.ToDictionary(stream => stream.Key, stream => FindProblem(stream.Value), StringComparer.Ordinal);
    }

    private static void Collect(ReadOnlySpan<byte> frame, Dictionary<string, SortedDictionary<uint, byte[]>> streams)
    {
        var ip = frame[EthernetHeader..];
        if (ip.Length < 40 || ip[0] >> 4 != 4 || ip[9] != 6)
            return;
        var tcp = ip[((ip[0] & 0x0F) * 4)..BinaryPrimitives.ReadUInt16BigEndian(ip[2..])];
        var payload = tcp[((tcp[12] >> 4) * 4)..];
        if (payload.IsEmpty)
            return;
        var name = $"{ip[12]}.{ip[13]}.{ip[14]}.{ip[15]}:{BinaryPrimitives.ReadUInt16BigEndian(tcp)} → {ip[16]}.{ip[17]}.{ip[18]}.{ip[19]}:{BinaryPrimitives.ReadUInt16BigEndian(tcp[2..])}";
        if (!streams.TryGetValue(name, out var segments))
            streams[name] = segments = [];
        segments[BinaryPrimitives.ReadUInt32BigEndian(tcp[4..])] = payload.ToArray();
    }

    private static string? FindProblem(SortedDictionary<uint, byte[]> segments)
    {
        using var stream = new MemoryStream();
        var expected = segments.Keys.First();
        foreach (var (sequence, payload) in segments)
        {
            if (sequence != expected)
                return $"the capture misses bytes at {sequence}";
            stream.Write(payload);
            expected = sequence + (uint)payload.Length;
        }

        var bytes = stream.ToArray();
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes.Length - at < 5)
                return null; // the connection ended inside a record's header
            if (bytes[at] is < 20 or > 23 || bytes[at + 1] != 3)
                return $"not a TLS record at byte {at}: {Convert.ToHexString(bytes.AsSpan(at, 5))}";
            at += 5 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 3));
        }

        return null;
    }
}

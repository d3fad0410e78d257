using System.Buffers.Binary;
using System.Security.Cryptography;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// The serial numbers of devices' certificates: 30 bits of time in seconds, then 128 random bits. Random enough that nobody foresees one (RFC 5280, 4.1.2.2, and ballot 164
/// of the CA/Browser Forum ask for 64), and in the order of issuing, so that a batch touches a few neighbouring pages of the index and not as many as it has certificates.
/// </summary>
internal static class OrderedSerialNumber
{
    private const int TimeSize = 4;
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A new serial number at <paramref name="now"/>; after 34 years the time starts again, the randomness stays.</summary>
    public static SerialNumber Next(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[SerialNumber.Size];
        var seconds = (uint)(long)(now - Epoch).TotalSeconds;
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (seconds & 0x3FFF_FFFF) | 0x4000_0000);
        RandomNumberGenerator.Fill(bytes[TimeSize..]);
        return SerialNumber.Parse(Convert.ToHexStringLower(bytes));
    }
}

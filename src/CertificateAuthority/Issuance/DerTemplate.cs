using System.Security.Cryptography;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// DER that is encoded once and then copied and filled in. It works for structures whose varying values all have fixed lengths, so that no length octet ever
/// changes: the serial number, the machine number, a P-256 point and its key identifier. What comes out is checked against its profile before it is signed.
/// </summary>
internal sealed class DerTemplate
{
    private readonly byte[] _encoded;

    private DerTemplate(byte[] encoded) => _encoded = encoded;

    /// <summary>The number of octets of everything this template makes.</summary>
    public int Length => _encoded.Length;

    /// <summary>Takes over <paramref name="encoded"/>, in which the values of <paramref name="holes"/> stand for what comes later, and finds each of them.</summary>
    /// <exception cref="InvalidOperationException">A hole does not stand exactly as often as expected.</exception>
    public static DerTemplate Create(byte[] encoded, params IEnumerable<Hole> holes)
    {
        foreach (var hole in holes)
            hole.Locate(encoded);
        return new DerTemplate(encoded);
    }

    /// <summary>A copy in which every hole waits to be filled.</summary>
    public byte[] Copy() => _encoded.AsSpan().ToArray();

    /// <summary>The octets themselves, for comparing.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>One value that varies, at one or more places.</summary>
    public sealed class Hole
    {
        private readonly int? _occurrences;
        private int[] _offsets = [];

        private Hole(byte[] placeholder, int? occurrences)
        {
            Placeholder = placeholder;
            _occurrences = occurrences;
        }

        /// <summary>What to encode in place of the value.</summary>
        public byte[] Placeholder { get; }

        /// <summary>A hole of <paramref name="length"/> octets; its placeholder is random with the top bits 01, which keeps it a positive INTEGER of that length.</summary>
        public static Hole OfBytes(int length, int occurrences = 1)
        {
            var placeholder = RandomNumberGenerator.GetBytes(length);
            placeholder[0] = (byte)((placeholder[0] & 0x3F) | 0x40);
            return new Hole(placeholder, occurrences);
        }

        /// <summary>A hole for a whole SEQUENCE of <paramref name="length"/> octets, its own tag and length included.</summary>
        public static Hole OfSequence(int length)
        {
            var placeholder = RandomNumberGenerator.GetBytes(length);
            ReadOnlySpan<byte> header = length switch
            {
                < 0x80 + 2 => [0x30, (byte)(length - 2)],
                < 0x100 + 3 => [0x30, 0x81, (byte)(length - 3)],
                _ => [0x30, 0x82, (byte)((length - 4) >> 8), (byte)(length - 4)],
            };
            header.CopyTo(placeholder);
            return new Hole(placeholder, 1);
        }

        /// <summary>A hole of <paramref name="length"/> letters, at any number of places.</summary>
        public static Hole OfText(int length) =>
            new(System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ", length)), null);

        /// <summary>Puts <paramref name="value"/> at every place of the hole in <paramref name="copy"/>.</summary>
        public void Fill(Span<byte> copy, ReadOnlySpan<byte> value)
        {
            if (value.Length != Placeholder.Length)
                throw new ArgumentException($"Expected {Placeholder.Length} octets, got {value.Length}.", nameof(value));
            foreach (var offset in _offsets)
                value.CopyTo(copy[offset..]);
        }

        /// <summary>The value in <paramref name="filled"/>, at the hole's first place.</summary>
        public ReadOnlySpan<byte> ValueIn(ReadOnlySpan<byte> filled) => filled.Slice(_offsets[0], Placeholder.Length);

        internal void Locate(ReadOnlySpan<byte> encoded)
        {
            var offsets = new List<int>();
            for (var start = 0; encoded[start..].IndexOf(Placeholder) is >= 0 and var found; start += found + 1)
                offsets.Add(start + found);
            if (offsets.Count == 0 || (_occurrences is not null && offsets.Count != _occurrences))
                throw new InvalidOperationException($"A template's value stands {offsets.Count} times, expected {_occurrences ?? 1}.");
            _offsets = [.. offsets];
        }
    }
}

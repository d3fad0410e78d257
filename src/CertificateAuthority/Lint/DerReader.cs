using System.Formats.Asn1;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>
/// Reads DER (X.690, 10) front to back without copying and without allocating: definite lengths in their shortest form, low tag numbers. The platform's reader does the same and more,
/// at ten times the time, and every certificate is read here before it is signed.
/// </summary>
internal ref struct DerReader(ReadOnlySpan<byte> encoded)
{
    public const byte Boolean = 0x01;
    public const byte Integer = 0x02;
    public const byte BitString = 0x03;
    public const byte OctetString = 0x04;
    public const byte Oid = 0x06;
    public const byte Utf8String = 0x0C;
    public const byte PrintableString = 0x13;
    public const byte UtcTime = 0x17;
    public const byte GeneralizedTime = 0x18;
    public const byte Sequence = 0x30;
    public const byte Set = 0x31;

    private ReadOnlySpan<byte> _rest = encoded;

    /// <summary>Whether something is left.</summary>
    public readonly bool HasData => !_rest.IsEmpty;

    /// <summary>The tag of what comes next; 0 at the end.</summary>
    public readonly byte Tag => _rest.IsEmpty ? (byte)0 : _rest[0];

    /// <summary>The content of the next value, which must have <paramref name="tag"/>.</summary>
    /// <exception cref="AsnContentException">It has another one, or is not DER.</exception>
    public ReadOnlySpan<byte> Read(byte tag)
    {
        var value = ReadEncoded(tag, out var header);
        return value[header..];
    }

    /// <summary>The next value whole, which must have <paramref name="tag"/>.</summary>
    /// <exception cref="AsnContentException">It has another one, or is not DER.</exception>
    public ReadOnlySpan<byte> ReadEncoded(byte tag) => ReadEncoded(tag, out _);

    /// <summary>The content of the next value where it has <paramref name="tag"/>.</summary>
    public bool TryRead(byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (Tag != tag || !HasData)
            return false;
        content = Read(tag);
        return true;
    }

    /// <summary>The next value's reader: what is inside a SEQUENCE, a SET or an explicit tag.</summary>
    public DerReader Inside(byte tag) => new(Read(tag));

    /// <summary>Nothing more may follow.</summary>
    /// <exception cref="AsnContentException">Something does.</exception>
    public readonly void End()
    {
        if (HasData)
            throw new AsnContentException("Something follows that does not belong there.");
    }

    private ReadOnlySpan<byte> ReadEncoded(byte tag, out int header)
    {
        if (_rest.Length < 2 || _rest[0] != tag)
            throw new AsnContentException($"Expected a value with tag {tag:X2}.");
        header = 2;
        int length = _rest[1];
        if (length >= 0x80)
        {
            var size = length & 0x7F;
            if (size is 0 or > 3 || _rest.Length < 2 + size)
                throw new AsnContentException("A length is indefinite, or too long.");
            length = 0;
            for (var i = 0; i < size; i++)
                length = (length << 8) | _rest[2 + i];
            if (length < 0x80 || length < 1 << (8 * (size - 1)))
                throw new AsnContentException("A length is not in its shortest form.");
            header += size;
        }

        if (_rest.Length - header < length)
            throw new AsnContentException("A value is longer than what it stands in.");
        var value = _rest[..(header + length)];
        _rest = _rest[(header + length)..];
        return value;
    }
}

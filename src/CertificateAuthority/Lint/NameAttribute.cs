namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>One attribute of a name: its type, the tag and the content of its value.</summary>
internal readonly ref struct NameAttribute(ReadOnlySpan<byte> type, byte tag, ReadOnlySpan<byte> value, bool isAlone)
{
    public ReadOnlySpan<byte> Type { get; } = type;

    public byte Tag { get; } = tag;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Whether its relative distinguished name holds nothing else.</summary>
    public bool IsAlone { get; } = isAlone;

    /// <summary>The attributes of <paramref name="name"/>, a Name in DER, one after the other.</summary>
    public static Reader Of(ReadOnlySpan<byte> name) => new(new DerReader(name).Inside(DerReader.Sequence));

    /// <summary>Goes through a name.</summary>
    public ref struct Reader(DerReader relativeNames)
    {
        private DerReader _relativeNames = relativeNames;
        private DerReader _set = new([]);

        /// <summary>The next attribute.</summary>
        /// <exception cref="System.Formats.Asn1.AsnContentException">What follows is no attribute.</exception>
        public bool Next(out NameAttribute attribute)
        {
            attribute = default;
            var isFirst = !_set.HasData;
            if (isFirst)
            {
                if (!_relativeNames.HasData)
                    return false;
                _set = _relativeNames.Inside(DerReader.Set);
            }

            var pair = _set.Inside(DerReader.Sequence);
            var type = pair.Read(DerReader.Oid);
            var tag = pair.Tag;
            var value = pair.Read(tag);
            pair.End();
            attribute = new NameAttribute(type, tag, value, isFirst && !_set.HasData);
            return true;
        }
    }
}

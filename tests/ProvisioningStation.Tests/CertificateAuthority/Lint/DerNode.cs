using System.Formats.Asn1;

namespace ProvisioningStation.Tests.CertificateAuthority.Lint;

/// <summary>A value of DER that can be changed and encoded again: what a faulty program would have signed. It encodes lengths only; the rest is as it is set.</summary>
internal sealed class DerNode
{
    private DerNode(byte tag, byte[] content, List<DerNode>? children)
    {
        Tag = tag;
        Content = content;
        Children = children ?? [];
    }

    public byte Tag { get; set; }

    /// <summary>Of a primitive value.</summary>
    public byte[] Content { get; set; }

    /// <summary>Of a constructed one.</summary>
    public List<DerNode> Children { get; }

    private bool IsConstructed => (Tag & 0x20) != 0;

    public DerNode this[int index]
    {
        get => Children[index];
        set => Children[index] = value;
    }

    public static DerNode Primitive(byte tag, params byte[] content) => new(tag, content, null);

    public static DerNode Constructed(byte tag, params IEnumerable<DerNode> children) => new(tag, [], [.. children]);

    public static DerNode Oid(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return Parse(writer.Encode());
    }

    public static DerNode Parse(ReadOnlyMemory<byte> encoded)
    {
        var tag = encoded.Span[0];
        AsnDecoder.ReadEncodedValue(encoded.Span, AsnEncodingRules.DER, out var start, out var length, out _);
        var content = encoded.Slice(start, length);
        if ((tag & 0x20) == 0)
            return new DerNode(tag, content.ToArray(), null);
        var children = new List<DerNode>();
        while (!content.IsEmpty)
        {
            AsnDecoder.ReadEncodedValue(content.Span, AsnEncodingRules.DER, out _, out _, out var consumed);
            children.Add(Parse(content[..consumed]));
            content = content[consumed..];
        }

        return new DerNode(tag, [], children);
    }

    public byte[] Encode()
    {
        var content = IsConstructed ? Children.SelectMany(child => child.Encode()).ToArray() : Content;
        byte[] header = content.Length switch
        {
            < 0x80 => [Tag, (byte)content.Length],
            < 0x100 => [Tag, 0x81, (byte)content.Length],
            _ => [Tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length],
        };
        return [.. header, .. content];
    }
}

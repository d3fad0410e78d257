using System.Globalization;
using System.Xml;

namespace ProvisioningStation.Protocol.Soap;

/// <summary>
/// Reads the children of one element in the order of its schema and accepts nothing else: an element that is missing, out of place, repeated too often or
/// unknown is <see cref="ErrorCode.MalformedRequest"/>, with its name.
/// </summary>
public sealed class SoapReader
{
    private static readonly SoapReader Childless = new(XmlReader.Create(new StringReader(string.Empty), new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment }));

    private readonly XmlReader _reader;

    internal SoapReader(XmlReader reader) => _reader = reader;

    /// <summary>Whether the next child is <paramref name="name"/>.</summary>
    public bool IsNext(string name) =>
        _reader.MoveToContent() == XmlNodeType.Element && _reader.LocalName == name && _reader.NamespaceURI == SoapEnvelope.Namespace;

    /// <summary>The text of the required child <paramref name="name"/>.</summary>
    public string Text(string name)
    {
        if (!IsNext(name))
            throw Unexpected(name);
        return _reader.ReadElementContentAsString();
    }

    /// <summary>The text of the optional child <paramref name="name"/>, null where it is absent.</summary>
    public string? OptionalText(string name) => IsNext(name) ? Text(name) : null;

    /// <summary>The bytes of a required base64 child.</summary>
    public byte[] Binary(string name)
    {
        var text = Text(name);
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw Malformed($"{name} is not base64.");
        }
    }

    /// <summary>A required machine number.</summary>
    public MachineNumber MachineNumber(string name = nameof(MachineNumber)) => Protocol.MachineNumber.Parse(Text(name));

    /// <summary>A required request id.</summary>
    public RequestId RequestId(string name = nameof(RequestId)) => Protocol.RequestId.Parse(Text(name));

    /// <summary>An optional fingerprint.</summary>
    public Fingerprint? OptionalFingerprint(string name) => IsNext(name) ? Fingerprint.Parse(Text(name)) : null;

    /// <summary>A required number.</summary>
    public int Int(string name) =>
        int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Malformed($"{name} is not a whole number.");

    /// <summary>A required <c>xsd:boolean</c>.</summary>
    public bool Boolean(string name) => Text(name).Trim() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw Malformed($"{name} is neither true nor false."),
    };

    /// <summary>An optional <c>xsd:dateTime</c>, as UTC.</summary>
    public DateTimeOffset? OptionalTime(string name)
    {
        if (!IsNext(name))
            return null;
        return DateTimeOffset.TryParse(Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var value)
            ? value
            : throw Malformed($"{name} is not a date and time.");
    }

    /// <summary>A required name of one value of <typeparamref name="TEnum"/>.</summary>
    public TEnum OneOf<TEnum>(string name)
        where TEnum : struct, Enum
    {
        var text = Text(name);
        return Enum.TryParse<TEnum>(text, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0])
            ? value
            : throw Malformed($"{name} is '{Printable.Shorten(text)}', which is none of {string.Join(", ", Enum.GetNames<TEnum>())}.");
    }

    /// <summary>Between <paramref name="min"/> and <paramref name="max"/> children of one name, each read by <paramref name="read"/>.</summary>
    public List<T> Many<T>(string name, int min, int max, Func<SoapReader, T> read)
    {
        var items = new List<T>();
        while (IsNext(name))
        {
            if (items.Count == max)
                throw new ProvisioningException(ErrorCode.RequestTooLarge, $"More than {max} {name} elements.");
            items.Add(read(this));
        }

        return items.Count >= min ? items : throw Unexpected(name);
    }

    /// <summary>Reads a required child element that has children itself.</summary>
    public T Nested<T>(string name, Func<SoapReader, T> read)
    {
        if (!IsNext(name))
            throw Unexpected(name);
        return Content(read);
    }

    /// <summary>Reads the children of the current element, which must have no others, and steps behind it.</summary>
    internal T Content<T>(Func<SoapReader, T> read)
    {
        var name = _reader.LocalName;
        var empty = _reader.IsEmptyElement;
        _reader.ReadStartElement();
        if (empty)
            return read(Childless); // every required child is then reported as missing
        var value = read(this);
        if (_reader.MoveToContent() != XmlNodeType.EndElement)
            throw Malformed($"{name} has an unexpected {Describe()}.");
        _reader.ReadEndElement();
        return value;
    }

    private ProvisioningException Unexpected(string wanted) => Malformed($"Expected element {wanted}, found {Describe()}.");

    private string Describe() => _reader.MoveToContent() switch
    {
        XmlNodeType.Element => $"element '{Printable.Shorten(_reader.LocalName)}' of namespace '{Printable.Shorten(_reader.NamespaceURI, 80)}'",
        XmlNodeType.EndElement => $"the end of {Printable.Shorten(_reader.LocalName)}",
        XmlNodeType.None => "the end",
        _ => "text",
    };

    private static ProvisioningException Malformed(string message) => new(ErrorCode.MalformedRequest, message);
}

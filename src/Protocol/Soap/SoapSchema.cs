namespace ProvisioningStation.Protocol.Soap;

/// <summary>The XML Schema type of a field; each is declared once in the WSDL.</summary>
public enum SoapType
{
    /// <summary>Any text (<c>xsd:string</c>).</summary>
    Text,

    /// <summary><c>xsd:int</c>.</summary>
    Int,

    /// <summary><c>xsd:boolean</c>.</summary>
    Boolean,

    /// <summary><c>xsd:dateTime</c>, UTC.</summary>
    DateTime,

    /// <summary><c>xsd:base64Binary</c>.</summary>
    Binary,

    /// <summary>A UUID.</summary>
    Uuid,

    /// <summary>A machine number.</summary>
    MachineNumber,

    /// <summary>A SHA-256 fingerprint.</summary>
    Fingerprint,

    /// <summary>A nested <see cref="Protocol.CertificatePack"/>.</summary>
    CertificatePack,
}

/// <summary>One child element of a message. <paramref name="Max"/> null means unbounded; <paramref name="Values"/> restricts text to an enumeration.</summary>
public sealed record SoapField(string Name, SoapType Type, int Min = 1, int? Max = 1, IReadOnlyList<string>? Values = null)
{
    /// <summary>A text field that holds the name of one value of <typeparamref name="TEnum"/>.</summary>
    public static SoapField OneOf<TEnum>(string name, int min = 1)
        where TEnum : struct, Enum => new(name, SoapType.Text, min, 1, Enum.GetNames<TEnum>());
}

/// <summary>A message's element in the SOAP body: its name and its children in order (<c>xsd:sequence</c>).</summary>
public sealed record SoapElement(string Name, params IReadOnlyList<SoapField> Fields);

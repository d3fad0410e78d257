using System.Xml;

namespace ProvisioningStation.Protocol.Soap;

/// <summary>The few element forms that all messages are made of.</summary>
public static class XmlWriterExtensions
{
    /// <summary>An element in our namespace with text.</summary>
    public static void WriteText(this XmlWriter writer, string name, string value) => writer.WriteElementString(name, SoapEnvelope.Namespace, value);

    /// <summary>An element that is left out where <paramref name="value"/> is null.</summary>
    public static void WriteOptional(this XmlWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteText(name, value);
    }

    /// <summary>An element with base64.</summary>
    public static void WriteBinary(this XmlWriter writer, string name, byte[] value)
    {
        writer.WriteStartElement(name, SoapEnvelope.Namespace);
        writer.WriteBase64(value, 0, value.Length);
        writer.WriteEndElement();
    }

    /// <summary>An element with a whole number.</summary>
    public static void WriteInt(this XmlWriter writer, string name, int value) => writer.WriteText(name, XmlConvert.ToString(value));

    /// <summary>An element with <c>true</c> or <c>false</c>.</summary>
    public static void WriteBoolean(this XmlWriter writer, string name, bool value) => writer.WriteText(name, value ? "true" : "false");

    /// <summary>An element with a UTC time, left out where it is null.</summary>
    public static void WriteOptionalTime(this XmlWriter writer, string name, DateTimeOffset? value) =>
        writer.WriteOptional(name, value is { } time ? XmlConvert.ToString(time.UtcDateTime, XmlDateTimeSerializationMode.Utc) : null);
}

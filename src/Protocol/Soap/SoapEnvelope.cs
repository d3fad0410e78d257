using System.Text;
using System.Xml;

namespace ProvisioningStation.Protocol.Soap;

/// <summary>The SOAP 1.1 envelope, document/literal: written and read, with faults. DTDs are refused, so no entity is ever expanded.</summary>
public static class SoapEnvelope
{
    /// <summary>The namespace of every message of this system.</summary>
    public const string Namespace = "urn:provisioning-station:v1";

    /// <summary>The namespace of SOAP 1.1's envelope.</summary>
    public const string EnvelopeNamespace = "http://schemas.xmlsoap.org/soap/envelope/";

    /// <summary>The media type of SOAP 1.1.</summary>
    public const string ContentType = "text/xml; charset=utf-8";

    private static readonly XmlWriterSettings WriterSettings = new() { Encoding = new UTF8Encoding(false), CloseOutput = false, CheckCharacters = true };

    /// <summary>A writer whose output is the UTF-8 of an envelope.</summary>
    public static XmlWriter CreateWriter(Stream output) => XmlWriter.Create(output, WriterSettings);

    /// <summary>Writes everything up to the inside of the body's element <paramref name="name"/>.</summary>
    public static void WriteStart(XmlWriter writer, string name)
    {
        writer.WriteStartDocument();
        writer.WriteStartElement("soap", "Envelope", EnvelopeNamespace);
        writer.WriteStartElement("soap", "Body", EnvelopeNamespace);
        writer.WriteStartElement(name, Namespace);
    }

    /// <summary>Closes what <see cref="WriteStart"/> opened.</summary>
    public static void WriteEnd(XmlWriter writer) => writer.WriteEndDocument();

    /// <summary>The whole envelope of <paramref name="message"/> as UTF-8.</summary>
    public static byte[] ToBytes(string name, ISoapMessage message)
    {
        using var buffer = new MemoryStream();
        using (var writer = CreateWriter(buffer))
        {
            WriteStart(writer, name);
            message.Write(writer);
            WriteEnd(writer);
        }

        return buffer.ToArray();
    }

    /// <summary>The whole envelope of a fault as UTF-8. <paramref name="byCaller"/> decides between <c>Client</c> and <c>Server</c>.</summary>
    public static byte[] FaultToBytes(ErrorCode code, string message, bool byCaller)
    {
        using var buffer = new MemoryStream();
        using (var writer = CreateWriter(buffer))
        {
            writer.WriteStartDocument();
            writer.WriteStartElement("soap", "Envelope", EnvelopeNamespace);
            writer.WriteStartElement("soap", "Body", EnvelopeNamespace);
            writer.WriteStartElement("soap", "Fault", EnvelopeNamespace);
            writer.WriteElementString("faultcode", byCaller ? "soap:Client" : "soap:Server");
            writer.WriteElementString("faultstring", message);
            writer.WriteStartElement("detail");
            writer.WriteElementString("Code", Namespace, code.ToString());
            writer.WriteEndDocument();
        }

        return buffer.ToArray();
    }

    /// <summary>
    /// Reads an envelope from <paramref name="input"/> and hands its body's element to <paramref name="readBody"/> by name.
    /// A fault in the body is thrown as the <see cref="ProvisioningException"/> it carries.
    /// </summary>
    /// <param name="input">UTF-8; read synchronously to the end of the envelope.</param>
    /// <param name="maxCharacters">The limit for the whole document.</param>
    /// <param name="readBody">Gets the name of the body's element, which is in our namespace, and the reader for its children.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>, or the fault's own code.</exception>
    public static T Read<T>(Stream input, long maxCharacters, Func<string, SoapReader, T> readBody)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = maxCharacters,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            CloseInput = false,
        };
        try
        {
            using var text = new StreamReader(input, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            using var reader = XmlReader.Create(text, settings);
            reader.MoveToContent();
            Enter(reader, "Envelope");
            if (IsEnvelopeElement(reader, "Header"))
                reader.Skip();
            Enter(reader, "Body");
            if (IsEnvelopeElement(reader, "Fault"))
                throw ReadFault(reader);
            if (reader.MoveToContent() != XmlNodeType.Element)
                throw new ProvisioningException(ErrorCode.MalformedRequest, "The SOAP body is empty.");
            if (reader.NamespaceURI != Namespace)
            {
                throw new ProvisioningException(
                    ErrorCode.MalformedRequest,
                    $"The body's element '{Printable.Shorten(reader.LocalName)}' is of namespace '{Printable.Shorten(reader.NamespaceURI, 80)}'. Expected {Namespace}.");
            }

            var name = reader.LocalName;
            var value = new SoapReader(reader).Content(body => readBody(name, body));
            Leave(reader);
            Leave(reader);
            return value;
        }
        catch (Exception cause) when (cause is XmlException or DecoderFallbackException)
        {
            throw new ProvisioningException(ErrorCode.MalformedRequest, "The message is not well-formed XML: " + Printable.Shorten(cause.Message, 300), cause);
        }
    }

    private static bool IsEnvelopeElement(XmlReader reader, string name) =>
        reader.MoveToContent() == XmlNodeType.Element && reader.LocalName == name && reader.NamespaceURI == EnvelopeNamespace;

    private static void Enter(XmlReader reader, string name)
    {
        if (!IsEnvelopeElement(reader, name) || reader.IsEmptyElement)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"The message is not a SOAP 1.1 envelope: element {name} of {EnvelopeNamespace} is missing or empty.");
        reader.ReadStartElement();
    }

    private static void Leave(XmlReader reader)
    {
        if (reader.MoveToContent() != XmlNodeType.EndElement)
            throw new ProvisioningException(ErrorCode.MalformedRequest, "The SOAP body holds more than one element.");
        reader.ReadEndElement();
    }

    private static ProvisioningException ReadFault(XmlReader reader)
    {
        var message = "The peer answered with a fault.";
        var code = ErrorCode.Internal;
        using var fault = reader.ReadSubtree();
        while (fault.Read())
        {
            if (fault.NodeType != XmlNodeType.Element)
                continue;
            if (fault is { LocalName: "faultstring", IsEmptyElement: false } && fault.Read())
                message = Printable.Shorten(fault.Value, 1000);
            else if (fault.LocalName == "Code" && fault.NamespaceURI == Namespace && !fault.IsEmptyElement && fault.Read() && Enum.TryParse(fault.Value, out ErrorCode known) && known.ToString() == fault.Value)
                code = known; // by its name only: TryParse takes numbers and lists too
        }

        return new ProvisioningException(code, message) { SaidByPeer = true };
    }
}

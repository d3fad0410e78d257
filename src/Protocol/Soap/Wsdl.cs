using System.Globalization;
using System.Text;
using System.Xml;

namespace ProvisioningStation.Protocol.Soap;

/// <summary>One operation as the WSDL names it. SOAP 1.1 document/literal: the request's element is named after the operation.</summary>
public sealed record SoapOperation(SoapElement Request, SoapElement Response)
{
    /// <summary>The operation's name.</summary>
    public string Name => Request.Name;

    /// <summary>The operation of a request type and a response type.</summary>
    public static SoapOperation Of<TRequest, TResponse>()
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse> => new(TRequest.Schema, TResponse.Schema);
}

/// <summary>Makes the WSDL 1.1 document of a service from the messages' own schemas, so that it can't say anything else than the codecs do.</summary>
public static class Wsdl
{
    private const string WsdlNamespace = "http://schemas.xmlsoap.org/wsdl/";
    private const string SoapBindingNamespace = "http://schemas.xmlsoap.org/wsdl/soap/";
    private const string XsdNamespace = "http://www.w3.org/2001/XMLSchema";

    /// <summary>The document as UTF-8 text. <paramref name="address"/> is where the service is reached.</summary>
    public static string Write(string service, IEnumerable<SoapOperation> operations, Uri address)
    {
        var all = operations.OrderBy(operation => operation.Name, StringComparer.Ordinal).ToList();
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
        {
            writer.WriteStartElement("wsdl", "definitions", WsdlNamespace);
            writer.WriteAttributeString("xmlns", "soap", null, SoapBindingNamespace);
            writer.WriteAttributeString("xmlns", "xsd", null, XsdNamespace);
            writer.WriteAttributeString("xmlns", "tns", null, SoapEnvelope.Namespace);
            writer.WriteAttributeString("name", service);
            writer.WriteAttributeString("targetNamespace", SoapEnvelope.Namespace);
            WriteTypes(writer, all);
            foreach (var operation in all)
            {
                WriteMessage(writer, operation.Request);
                WriteMessage(writer, operation.Response);
            }

            WritePortType(writer, service, all);
            WriteBinding(writer, service, all);
            writer.WriteStartElement("service", WsdlNamespace);
            writer.WriteAttributeString("name", service);
            writer.WriteStartElement("port", WsdlNamespace);
            writer.WriteAttributeString("name", service + "Port");
            writer.WriteAttributeString("binding", "tns:" + service + "Binding");
            writer.WriteStartElement("address", SoapBindingNamespace);
            writer.WriteAttributeString("location", address.ToString());
            writer.WriteEndDocument();
        }

        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + text;
    }

    private static void WriteTypes(XmlWriter writer, List<SoapOperation> operations)
    {
        writer.WriteStartElement("types", WsdlNamespace);
        writer.WriteStartElement("schema", XsdNamespace);
        writer.WriteAttributeString("targetNamespace", SoapEnvelope.Namespace);
        writer.WriteAttributeString("elementFormDefault", "qualified");
        WritePattern(writer, "MachineNumber", "[A-Z0-9]{4}-[0-9]{6}");
        WritePattern(writer, "Uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
        WritePattern(writer, "Fingerprint", "[0-9a-fA-F]{64}");
        writer.WriteStartElement("complexType", XsdNamespace);
        writer.WriteAttributeString("name", nameof(CertificatePack));
        WriteSequence(writer, CertificatePack.Fields);
        writer.WriteEndElement();
        foreach (var element in operations.SelectMany(operation => new[] { operation.Request, operation.Response }))
        {
            writer.WriteStartElement("element", XsdNamespace);
            writer.WriteAttributeString("name", element.Name);
            writer.WriteStartElement("complexType", XsdNamespace);
            WriteSequence(writer, element.Fields);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static void WritePattern(XmlWriter writer, string name, string pattern)
    {
        writer.WriteStartElement("simpleType", XsdNamespace);
        writer.WriteAttributeString("name", name);
        writer.WriteStartElement("restriction", XsdNamespace);
        writer.WriteAttributeString("base", "xsd:string");
        writer.WriteStartElement("pattern", XsdNamespace);
        writer.WriteAttributeString("value", pattern);
        writer.WriteEndElement();
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static void WriteSequence(XmlWriter writer, IReadOnlyList<SoapField> fields)
    {
        writer.WriteStartElement("sequence", XsdNamespace);
        foreach (var field in fields)
        {
            writer.WriteStartElement("element", XsdNamespace);
            writer.WriteAttributeString("name", field.Name);
            if (field.Values is null)
                writer.WriteAttributeString("type", TypeName(field.Type));
            if (field.Min != 1)
                writer.WriteAttributeString("minOccurs", field.Min.ToString(CultureInfo.InvariantCulture));
            if (field.Max != 1)
                writer.WriteAttributeString("maxOccurs", field.Max?.ToString(CultureInfo.InvariantCulture) ?? "unbounded");
            if (field.Values is not null)
                WriteEnumeration(writer, field.Values);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }

    private static void WriteEnumeration(XmlWriter writer, IReadOnlyList<string> values)
    {
        writer.WriteStartElement("simpleType", XsdNamespace);
        writer.WriteStartElement("restriction", XsdNamespace);
        writer.WriteAttributeString("base", "xsd:string");
        foreach (var value in values)
        {
            writer.WriteStartElement("enumeration", XsdNamespace);
            writer.WriteAttributeString("value", value);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static string TypeName(SoapType type) => type switch
    {
        SoapType.Text => "xsd:string",
        SoapType.Int => "xsd:int",
        SoapType.Boolean => "xsd:boolean",
        SoapType.DateTime => "xsd:dateTime",
        SoapType.Binary => "xsd:base64Binary",
        _ => "tns:" + type,
    };

    private static void WriteMessage(XmlWriter writer, SoapElement element)
    {
        writer.WriteStartElement("message", WsdlNamespace);
        writer.WriteAttributeString("name", element.Name);
        writer.WriteStartElement("part", WsdlNamespace);
        writer.WriteAttributeString("name", "parameters");
        writer.WriteAttributeString("element", "tns:" + element.Name);
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static void WritePortType(XmlWriter writer, string service, List<SoapOperation> operations)
    {
        writer.WriteStartElement("portType", WsdlNamespace);
        writer.WriteAttributeString("name", service);
        foreach (var operation in operations)
        {
            writer.WriteStartElement("operation", WsdlNamespace);
            writer.WriteAttributeString("name", operation.Name);
            writer.WriteStartElement("input", WsdlNamespace);
            writer.WriteAttributeString("message", "tns:" + operation.Request.Name);
            writer.WriteEndElement();
            writer.WriteStartElement("output", WsdlNamespace);
            writer.WriteAttributeString("message", "tns:" + operation.Response.Name);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }

    private static void WriteBinding(XmlWriter writer, string service, List<SoapOperation> operations)
    {
        writer.WriteStartElement("binding", WsdlNamespace);
        writer.WriteAttributeString("name", service + "Binding");
        writer.WriteAttributeString("type", "tns:" + service);
        writer.WriteStartElement("binding", SoapBindingNamespace);
        writer.WriteAttributeString("style", "document");
        writer.WriteAttributeString("transport", "http://schemas.xmlsoap.org/soap/http");
        writer.WriteEndElement();
        foreach (var operation in operations)
        {
            writer.WriteStartElement("operation", WsdlNamespace);
            writer.WriteAttributeString("name", operation.Name);
            writer.WriteStartElement("operation", SoapBindingNamespace);
            writer.WriteAttributeString("soapAction", SoapEnvelope.Namespace + "#" + operation.Name);
            writer.WriteEndElement();
            foreach (var direction in new[] { "input", "output" })
            {
                writer.WriteStartElement(direction, WsdlNamespace);
                writer.WriteStartElement("body", SoapBindingNamespace);
                writer.WriteAttributeString("use", "literal");
                writer.WriteEndElement();
                writer.WriteEndElement();
            }

            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }
}

using System.Xml;

namespace ProvisioningStation.Protocol.Soap;

/// <summary>A request or response: what stands inside the SOAP body, pure, without I/O. Codec and schema stand together so that they can't drift apart.</summary>
public interface ISoapMessage
{
    /// <summary>Writes the message's child elements.</summary>
    void Write(XmlWriter writer);
}

/// <inheritdoc cref="ISoapMessage"/>
public interface ISoapMessage<TSelf> : ISoapMessage
    where TSelf : ISoapMessage<TSelf>
{
    /// <summary>The name and the fields, from which the WSDL is made.</summary>
    static abstract SoapElement Schema { get; }

    /// <summary>Reads the message's child elements.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> and its kin.</exception>
    static abstract TSelf Read(SoapReader reader);
}

/// <summary>A response too large to hold: it is written in slices, each sent on before the next is made.</summary>
public interface IStreamedSoapMessage : ISoapMessage
{
    /// <summary>Writes the child elements and calls <paramref name="flushAsync"/> after each slice.</summary>
    Task WriteAsync(XmlWriter writer, Func<Task> flushAsync, CancellationToken cancellationToken);
}

/// <summary>A message with private keys in clear. Whoever has sent it clears them.</summary>
public interface IKeyBearingMessage : ISoapMessage
{
    /// <summary>Overwrites the keys in memory.</summary>
    void ClearKeys();
}

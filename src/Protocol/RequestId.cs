namespace ProvisioningStation.Protocol;

/// <summary>The caller's name for one request to the CA, a UUID. The same id again means the same request: it is answered, never carried out twice.</summary>
public readonly record struct RequestId(Guid Value)
{
    /// <summary>A new id for a new request.</summary>
    public static RequestId New() => new(Guid.CreateVersion7());

    /// <summary>Reads an id in the form <c>8-4-4-4-12</c> hexadecimal digits.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> where the text is not a UUID.</exception>
    public static RequestId Parse(string? text) =>
        Guid.TryParseExact(text, "D", out var value)
            ? new RequestId(value)
            : throw new ProvisioningException(ErrorCode.MalformedRequest, $"RequestId '{Printable.Shorten(text)}' is not a UUID.");

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}

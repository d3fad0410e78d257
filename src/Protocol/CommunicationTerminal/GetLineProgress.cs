using System.Globalization;
using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: how far the line is today, for its kiosk. Changes nothing, waits for no scan of the line, and costs the same whatever the number of units.</summary>
public sealed record GetLineProgressRequest : ISoapMessage<GetLineProgressRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("GetLineProgress");

    /// <inheritdoc/>
    public static GetLineProgressRequest Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}

/// <summary>Terminal → station. <c>Planned</c> = <c>Done</c> + <c>Failed</c> + <c>Remaining</c>, always. Units that several lines may build count at each of them, until one has them.</summary>
/// <param name="Date">The day of the plan, on the factory's calendar.</param>
/// <param name="Planned">Units of the day that this line has, had or may still get.</param>
/// <param name="Done">Of these, proved at this line.</param>
/// <param name="Failed">Of these, blocked or scrapped at this line.</param>
/// <param name="Remaining">Of these, still to be built.</param>
public sealed record GetLineProgressResponse(DateOnly Date, int Planned, int Done, int Failed, int Remaining) : ISoapMessage<GetLineProgressResponse>
{
    private const string DateForm = "yyyy-MM-dd";

    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetLineProgressResponse",
        new SoapField(nameof(Date), SoapType.Text),
        new SoapField(nameof(Planned), SoapType.Int),
        new SoapField(nameof(Done), SoapType.Int),
        new SoapField(nameof(Failed), SoapType.Int),
        new SoapField(nameof(Remaining), SoapType.Int));

    /// <inheritdoc/>
    public static GetLineProgressResponse Read(SoapReader reader) => new(
        ReadDate(reader.Text(nameof(Date))),
        reader.Int(nameof(Planned)),
        reader.Int(nameof(Done)),
        reader.Int(nameof(Failed)),
        reader.Int(nameof(Remaining)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(Date), Date.ToString(DateForm, CultureInfo.InvariantCulture));
        writer.WriteInt(nameof(Planned), Planned);
        writer.WriteInt(nameof(Done), Done);
        writer.WriteInt(nameof(Failed), Failed);
        writer.WriteInt(nameof(Remaining), Remaining);
    }

    private static DateOnly ReadDate(string text) => DateOnly.TryParseExact(text, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        ? date
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"Date is '{Printable.Shorten(text)}', which is not a date such as 2026-12-01.");
}

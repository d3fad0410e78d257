using System.Globalization;
using Microsoft.Extensions.Primitives;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>What stands in the fields of the print page: as text, so that the page shows what was typed, right or wrong.</summary>
internal sealed record PrintChoice
{
    /// <summary>Which units, by the value of the choice: a day's batch.</summary>
    public const string ByBatch = "batch";

    /// <summary>Machine numbers.</summary>
    public const string ByUnits = "units";

    /// <summary>A range.</summary>
    public const string ByRange = "range";

    private static readonly char[] Separators = [',', ';', ' ', '\t', '\r', '\n', '、', '，', '　'];

    /// <summary>Plates or check sheets.</summary>
    public PrintedDocument Document { get; init; }

    /// <summary>Which of the three ways.</summary>
    public string By { get; init; } = ByBatch;

    /// <summary>The day of a batch.</summary>
    public string PlanDate { get; init; } = string.Empty;

    /// <summary>Its model; empty for all.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Machine numbers.</summary>
    public string Units { get; init; } = string.Empty;

    /// <summary>The first of a range.</summary>
    public string First { get; init; } = string.Empty;

    /// <summary>The last of a range.</summary>
    public string Last { get; init; } = string.Empty;

    /// <summary>The barcode.</summary>
    public BarcodeKind Barcode { get; init; }

    /// <summary>The layout of plates.</summary>
    public string Layout { get; init; } = string.Empty;

    /// <summary>The first place on the sheet.</summary>
    public string Start { get; init; } = "1";

    /// <summary>The language of check sheets.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The fields of a query; what it does not say is as in <paramref name="otherwise"/>.</summary>
    public static PrintChoice Read(IEnumerable<KeyValuePair<string, StringValues>> query, PrintChoice otherwise)
    {
        var fields = query.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        return otherwise with
        {
            Document = Enum.TryParse<PrintedDocument>(Text("document"), out var document) ? document : otherwise.Document,
            By = Text("by") ?? otherwise.By,
            PlanDate = Text("date") ?? otherwise.PlanDate,
            Model = Text("model") ?? otherwise.Model,
            Units = Text("units") ?? otherwise.Units,
            First = Text("first") ?? otherwise.First,
            Last = Text("last") ?? otherwise.Last,
            Barcode = Enum.TryParse<BarcodeKind>(Text("barcode"), out var barcode) ? barcode : otherwise.Barcode,
            Layout = Text("layout") ?? otherwise.Layout,
            Start = Text("start") ?? otherwise.Start,
            Language = Text("language") ?? otherwise.Language,
        };

        string? Text(string name) => fields.GetValueOrDefault(name);
    }

    /// <summary>The order that is chosen.</summary>
    /// <exception cref="ProvisioningException">A field is not of the form that it should be.</exception>
    public PrintOrder ToOrder(string id, string? reprintReason) => new(
        id,
        Document,
        By == ByUnits ? Units.Split(Separators, StringSplitOptions.RemoveEmptyEntries) : null,
        By == ByBatch ? ReadDate() : null,
        By == ByBatch && Model.Length > 0 ? Model : null,
        By == ByRange ? First.Trim() : null,
        By == ByRange ? Last.Trim() : null,
        Barcode,
        Document == PrintedDocument.Plate && Layout.Length > 0 ? Layout : null,
        Document == PrintedDocument.Plate ? ReadStart() : 1,
        Language,
        reprintReason);

    private DateOnly ReadDate() => DateOnly.TryParseExact(PlanDate, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        ? date
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(PlanDate)}' is not a date such as 2026-12-01.");

    private int ReadStart() => int.TryParse(Start, NumberStyles.None, CultureInfo.InvariantCulture, out var start)
        ? start
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(Start)}' is not the number of a place on the sheet.");
}

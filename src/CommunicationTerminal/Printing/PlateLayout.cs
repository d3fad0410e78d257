using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>Where rating plates stand on the paper: one label after the other on a roll, or many on a sheet. Measures in mm.</summary>
internal sealed record PlateLayout
{
    private const int LongestName = 32;
    private const int MostInARow = 50;
    private const decimal SmallestLabel = 15;
    private const decimal LargestPage = 450;

    /// <summary>What the layout is called on the page and in calls: letters, digits, <c>-</c> and <c>_</c>.</summary>
    [Required]
    public string Name { get; init; } = string.Empty;

    /// <summary>The width of one plate.</summary>
    public decimal LabelWidth { get; init; } = 70;

    /// <summary>The height of one plate.</summary>
    public decimal LabelHeight { get; init; } = 30;

    /// <summary>The width of the paper; 0 where each plate is a page of its own.</summary>
    public decimal PageWidth { get; init; }

    /// <summary>The height of the paper; 0 where each plate is a page of its own.</summary>
    public decimal PageHeight { get; init; }

    /// <summary>From the paper's left edge to the first plate.</summary>
    public decimal MarginLeft { get; init; }

    /// <summary>From the paper's upper edge to the first plate.</summary>
    public decimal MarginTop { get; init; }

    /// <summary>Between two plates side by side.</summary>
    public decimal GapX { get; init; }

    /// <summary>Between two plates one above the other.</summary>
    public decimal GapY { get; init; }

    /// <summary>Plates side by side.</summary>
    [Range(1, MostInARow)]
    public int Columns { get; init; } = 1;

    /// <summary>Plates one above the other.</summary>
    [Range(1, MostInARow)]
    public int Rows { get; init; } = 1;

    /// <summary>What is used where the options name none: a roll of 70 × 30 mm, and two common sheets of labels.</summary>
    public static IReadOnlyList<PlateLayout> BuiltIn { get; } =
    [
        new() { Name = "Roll-70x30" },
        new() { Name = "A4-63x38", LabelWidth = 63.5m, LabelHeight = 38.1m, PageWidth = 210, PageHeight = 297, MarginLeft = 7.2m, MarginTop = 15.1m, GapX = 2.5m, Columns = 3, Rows = 7 },
        new() { Name = "A4-99x38", LabelWidth = 99.1m, LabelHeight = 38.1m, PageWidth = 210, PageHeight = 297, MarginLeft = 4.6m, MarginTop = 15.1m, GapX = 2.5m, Columns = 2, Rows = 7 },
    ];

    /// <summary>Plates on one page.</summary>
    public int PerPage => Columns * Rows;

    /// <summary>The page's width.</summary>
    public double Width => (double)(PageWidth == 0 ? LabelWidth : PageWidth);

    /// <summary>The page's height.</summary>
    public double Height => (double)(PageHeight == 0 ? LabelHeight : PageHeight);

    /// <summary>The top left corner of plate <paramref name="place"/>, counted from 0 along the rows.</summary>
    public (double X, double Y) CornerOf(int place) =>
        ((double)(MarginLeft + (place % Columns * (LabelWidth + GapX))), (double)(MarginTop + (place / Columns * (LabelHeight + GapY))));

    /// <summary>What is wrong with it, in words.</summary>
    public IEnumerable<string> Problems()
    {
        if (Name.Length is 0 or > LongestName || !Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            yield return $"The name '{Protocol.Printable.Shorten(Name)}' of a layout is not allowed. Allowed: 1 to {LongestName} letters, digits, hyphens and underscores.";
        if (LabelWidth < SmallestLabel || LabelHeight < SmallestLabel || LabelWidth > LargestPage || LabelHeight > LargestPage)
            yield return string.Create(CultureInfo.InvariantCulture, $"A plate of layout {Name} is {LabelWidth} × {LabelHeight} mm. Allowed: {SmallestLabel} to {LargestPage} mm.");
        if (Columns is < 1 or > MostInARow || Rows is < 1 or > MostInARow)
            yield return $"Layout {Name} has {Columns} × {Rows} plates on a page. Allowed: 1 to {MostInARow} each.";
        if (new[] { PageWidth, PageHeight, MarginLeft, MarginTop, GapX, GapY }.Any(static value => value is < 0 or > LargestPage))
            yield return string.Create(CultureInfo.InvariantCulture, $"Layout {Name} has a measure outside 0 to {LargestPage} mm.");
        else if (!Fits(PageWidth, LabelWidth, MarginLeft, GapX, Columns) || !Fits(PageHeight, LabelHeight, MarginTop, GapY, Rows))
            yield return string.Create(CultureInfo.InvariantCulture, $"The {Columns} × {Rows} plates of layout {Name} with margins and gaps don't fit a page of {Width} × {Height} mm.");
    }

    private static bool Fits(decimal page, decimal label, decimal margin, decimal gap, int count) =>
        margin + (count * label) + ((count - 1) * gap) <= (page == 0 ? label : page);
}

using ProvisioningStation.CommunicationTerminal.Printing.Barcodes;

namespace ProvisioningStation.CommunicationTerminal.Printing.Sheets;

/// <summary>One page of paper or one label, and what stands on it. All measures in mm from the top left corner.</summary>
internal sealed record Sheet(double Width, double Height, IReadOnlyList<Mark> Marks);

/// <summary>Something on a sheet. Laid out once; drawn as SVG and as PDF.</summary>
internal abstract record Mark;

/// <summary>A barcode whose bars begin at <paramref name="X"/>, <paramref name="Y"/>; a linear one is <paramref name="Height"/> high.</summary>
internal sealed record BarcodeMark(FittedSymbol Fitted, double X, double Y, double Height) : Mark;

/// <summary>A line of text on the baseline <paramref name="Y"/>, <paramref name="Size"/> mm from one line to the next, made smaller where it would be wider than <paramref name="MaxWidth"/>.</summary>
internal sealed record TextMark(string Text, double X, double Y, double Size, double MaxWidth, TextAlign Align = TextAlign.Left, bool Bold = false) : Mark
{
    /// <summary>The size at which it fits.</summary>
    public double FittingSize => TextWidth.Of(Text, Bold) is var em && em * Size > MaxWidth ? MaxWidth / em : Size;
}

/// <summary>An empty frame.</summary>
internal sealed record BoxMark(double X, double Y, double Width, double Height, double Line = 0.2) : Mark;

/// <summary>Where a text's X is.</summary>
internal enum TextAlign
{
    /// <summary>At its beginning.</summary>
    Left,

    /// <summary>In its middle.</summary>
    Centre,

    /// <summary>At its end.</summary>
    Right,
}

using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>How rating plates and check sheets look (P-33).</summary>
internal sealed record PrintingOptions : IValidatableObject
{
    /// <summary>The most units of one printing.</summary>
    public const int Limit = 10_000;

    private const int LongestText = 60;
    private const int MostSteps = 14;

    /// <summary>A machine number that takes as much room as any: no pair of digits in the model code.</summary>
    internal const string WidestNumber = "WWWW-000000";

    /// <summary>The barcode where a printing does not choose another.</summary>
    public BarcodeKind Barcode { get; init; } = BarcodeKind.Code128;

    /// <summary>The printer's resolution: bars are a whole number of its dots.</summary>
    [Range(150, 2400)]
    public int PrinterDpi { get; init; } = 300;

    /// <summary>The most units of one printing.</summary>
    [Range(1, Limit)]
    public int MaxUnits { get; init; } = Limit;

    /// <summary>A line at the head of each plate, such as the maker's name; null for none.</summary>
    public string? PlateTitle { get; init; }

    /// <summary>Whether a plate that is printed again says so in its corner (R1, R2 …); a check sheet always does.</summary>
    public bool MarkReprints { get; init; } = true;

    /// <summary>Where the plates stand on the paper; the built-in layouts where it is empty. The first is the one offered first.</summary>
    public IReadOnlyList<PlateLayout> PlateLayouts { get; init; } = [];

    /// <summary>The steps of the line flow on a check sheet; those of the product line (P-12) where it is empty.</summary>
    public IReadOnlyList<CheckStep> Steps { get; init; } = [];

    /// <summary>A font file with TrueType outlines for Japanese text in PDFs; null to take one that is installed.</summary>
    public string? JapaneseFont { get; init; }

    /// <summary>The layouts in force.</summary>
    public IReadOnlyList<PlateLayout> Layouts => PlateLayouts.Count > 0 ? PlateLayouts : PlateLayout.BuiltIn;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var problem in PlateLayouts.SelectMany(layout => layout.Problems()))
            yield return new ValidationResult(problem, [nameof(PlateLayouts)]);
        if (PlateLayouts.Select(layout => layout.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() != PlateLayouts.Count)
            yield return new ValidationResult("Two layouts have the same name.", [nameof(PlateLayouts)]);
        foreach (var layout in Layouts.Where(layout => !layout.Problems().Any()))
        {
            if (FittingProblem(layout) is { } problem)
                yield return new ValidationResult(problem, [nameof(PlateLayouts)]);
        }

        if (Steps.Count > MostSteps)
            yield return new ValidationResult($"A check sheet has room for {MostSteps} steps, not {Steps.Count}.", [nameof(Steps)]);
        if (Steps.Any(step => step.English.Length is 0 or > LongestText || step.Japanese.Length is 0 or > LongestText || HasControl(step.English) || HasControl(step.Japanese)))
            yield return new ValidationResult($"A step has no English or no Japanese text, or a longer one than {LongestText} characters.", [nameof(Steps)]);
        if (PlateTitle is { } title && (title.Length is 0 or > LongestText || !title.All(static c => c is >= ' ' and <= '~')))
            yield return new ValidationResult($"Allowed: 1 to {LongestText} characters of printable ASCII; left out for none.", [nameof(PlateTitle)]);
        if (JapaneseFont is { } font && !File.Exists(font))
            yield return new ValidationResult($"There is no file {font}.", [nameof(JapaneseFont)]);
    }

    private string? FittingProblem(PlateLayout layout)
    {
        try
        {
            _ = Plate.BarcodeOf(layout, Barcode, WidestNumber, PrinterDpi);
            return null;
        }
        catch (ProvisioningException cause)
        {
            return $"Layout {layout.Name}: {cause.Message}";
        }
    }

    private static bool HasControl(string text) => text.Any(char.IsControl);
}

/// <summary>One step of the line flow on a check sheet.</summary>
internal sealed record CheckStep
{
    /// <summary>Its name in English.</summary>
    public string English { get; init; } = string.Empty;

    /// <summary>Its name in Japanese.</summary>
    public string Japanese { get; init; } = string.Empty;
}

using System.Globalization;
using System.Resources;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>What is printed on check sheets, in one language, whatever the language of the one who prints.</summary>
internal sealed class SheetText
{
    private static readonly ResourceManager Texts = new(typeof(PrintText));

    private readonly CultureInfo _culture;

    private SheetText(string language, string note) => (_culture, Note) = (CultureInfo.GetCultureInfo(language), note);

    /// <summary>The sheet's heading.</summary>
    public string Title => Get("SheetTitle");

    /// <summary>A reprint, with its number.</summary>
    public string Reprint => Get("SheetReprint");

    /// <summary>The model code.</summary>
    public string Model => Get("SheetModel");

    /// <summary>The day of the plan.</summary>
    public string PlanDate => Get("SheetPlanDate");

    /// <summary>The line.</summary>
    public string Line => Get("SheetLine");

    /// <summary>Where the plan names no line.</summary>
    public string AnyLine => Get("SheetAnyLine");

    /// <summary>Over the steps' numbers.</summary>
    public string Number => Get("SheetNumber");

    /// <summary>Over the steps.</summary>
    public string Step => Get("SheetStep");

    /// <summary>Over the boxes for a step that went well.</summary>
    public string Good => Get("SheetGood");

    /// <summary>Over the boxes for one that did not.</summary>
    public string NotGood => Get("SheetNotGood");

    /// <summary>Over the names.</summary>
    public string CheckedBy => Get("SheetCheckedBy");

    /// <summary>Over the times.</summary>
    public string Time => Get("SheetTime");

    /// <summary>Over the remarks.</summary>
    public string Remarks => Get("SheetRemarks");

    /// <summary>Where the inspector signs.</summary>
    public string Inspector => Get("SheetInspector");

    /// <summary>Where the line's leader signs.</summary>
    public string Leader => Get("SheetLeader");

    /// <summary>The day of the signatures.</summary>
    public string Date => Get("SheetDate");

    /// <summary>What the reader should know of the sheet itself; most often nothing.</summary>
    public string Note { get; }

    /// <summary>The steps of the product line (P-12), where the options name none.</summary>
    public static IReadOnlyList<CheckStep> ProductLine { get; } =
    [
        .. new[] { "StepAssembly", "StepFunctionTest", "StepCertificate", "StepOuterInspection", "StepPacking" }.Select(key => new CheckStep
        {
            English = Texts.GetString(key, CultureInfo.GetCultureInfo("en"))!,
            Japanese = Texts.GetString(key, CultureInfo.GetCultureInfo("ja"))!,
        }),
    ];

    /// <summary>The texts for <paramref name="language"/>; English with a note where that is Japanese and there is no font for it.</summary>
    public static SheetText For(string language, bool hasJapaneseFont) => language == "ja" && !hasJapaneseFont
        ? new SheetText("en", Texts.GetString("SheetNoFont", CultureInfo.GetCultureInfo("en"))!)
        : new SheetText(language, string.Empty);

    /// <summary>A step's name.</summary>
    public string Of(CheckStep step) => _culture.TwoLetterISOLanguageName == "ja" ? step.Japanese : step.English;

    private string Get(string key) => Texts.GetString(key, _culture)!;
}

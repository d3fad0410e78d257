namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>A row of a plan that can't be taken.</summary>
/// <param name="Place">Where it stands, such as <c>Line 12</c>.</param>
/// <param name="Column">Which of its columns is wrong; null where the whole row is.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="Value">The text that it has there, printable and cut.</param>
/// <param name="Other">What it does not fit with, by <paramref name="Fault"/>: the month, a row, the units that bear its serials.</param>
/// <param name="Date">Its day, where that could be read.</param>
/// <param name="Model">Its model, where day and model could be read: that day of that model keeps the earlier plan.</param>
public sealed record BadPlanRow(string Place, string? Column, PlanFault Fault, string? Value = null, string? Other = null, DateOnly? Date = null, string? Model = null)
{
    /// <summary>What is wrong, in words.</summary>
    public string Reason => Fault switch
    {
        PlanFault.CellCount => "has another number of cells than the header",
        PlanFault.StrayQuote => "has a quotation mark inside a cell that does not begin with one",
        PlanFault.TextAfterQuote => "has text behind a closing quotation mark",
        PlanFault.OpenQuote => "has a quotation mark that is not closed on the same line",
        PlanFault.NotAnObject => "is not an object",
        PlanFault.UnknownColumn => $"has an unknown column '{Value}'. Known: {Other}",
        PlanFault.NotANumberInJson => $"{Value} is not a number",
        PlanFault.NotAString => $"{Value} is not a string",
        PlanFault.NotADate => $"'{Value}' is not a date of the form yyyy-MM-dd",
        PlanFault.OtherMonth => $"{Value} is not in the month asked for, {Other}",
        PlanFault.NotAModel => $"'{Value}' is not a model code (four capital letters or digits)",
        PlanFault.Empty => "it is empty",
        PlanFault.NotANumber => $"'{Value}' is not a whole number from 0 to {MachineNumber.MaxSerial}",
        PlanFault.Negative => $"{Value} is negative",
        PlanFault.TooLarge => $"{Value} is more than {MachineNumber.MaxSerial}",
        PlanFault.SerialsTooHigh => $"{Value} units from {Other} on need serials above {MachineNumber.MaxSerial}",
        PlanFault.NotALine => $"'{Value}' is not the name of a line (letters, digits, hyphens, at most 32)",
        PlanFault.GivenAgain => $"{Value} is given more than once",
        PlanFault.AlreadyGiven => $"{Value} was already given in {Other?.ToLowerInvariant()}",
        PlanFault.OverlapsRow => $"serials {Value} overlap those of {Other?.ToLowerInvariant()}",
        PlanFault.OverlapsUnits => $"serials {Value} overlap {Other}",
        _ => Fault.ToString(),
    };

    /// <summary>Place, column and reason in one sentence.</summary>
    public string Sentence => Column is null ? $"{Place} {Reason}." : $"{Place}, column {Column}: {Reason}.";

    /// <inheritdoc/>
    public override string ToString() => Sentence;
}

/// <summary>What can be wrong with a row of a plan.</summary>
public enum PlanFault
{
    /// <summary>Other cells than the header has.</summary>
    CellCount,

    /// <summary>A quotation mark inside a cell.</summary>
    StrayQuote,

    /// <summary>Text behind a closing quotation mark.</summary>
    TextAfterQuote,

    /// <summary>A quotation mark that is not closed.</summary>
    OpenQuote,

    /// <summary>JSON: the row is no object.</summary>
    NotAnObject,

    /// <summary>JSON: a property that no plan has.</summary>
    UnknownColumn,

    /// <summary>JSON: not a number.</summary>
    NotANumberInJson,

    /// <summary>JSON: not a string.</summary>
    NotAString,

    /// <summary>No date.</summary>
    NotADate,

    /// <summary>A date of another month.</summary>
    OtherMonth,

    /// <summary>No model code.</summary>
    NotAModel,

    /// <summary>A value that must be there is not.</summary>
    Empty,

    /// <summary>No whole number.</summary>
    NotANumber,

    /// <summary>Below zero.</summary>
    Negative,

    /// <summary>Larger than any count or serial.</summary>
    TooLarge,

    /// <summary>The last unit's serial would have seven digits.</summary>
    SerialsTooHigh,

    /// <summary>No name of a line.</summary>
    NotALine,

    /// <summary>A later row gives the same day of the same model.</summary>
    GivenAgain,

    /// <summary>An earlier row gave the same day of the same model.</summary>
    AlreadyGiven,

    /// <summary>Serials that another row gives out too.</summary>
    OverlapsRow,

    /// <summary>Serials that units of another day bear.</summary>
    OverlapsUnits,
}

using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>How the terminal deals with stations.</summary>
internal sealed record StationApiOptions : IValidatableObject
{
    /// <summary>After so many failed writes a unit is blocked.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>What each line builds; a line that is not listed may fetch certificates of every managed model.</summary>
    public IReadOnlyList<LineModels> Lines { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var entry in Lines)
        {
            if (string.IsNullOrWhiteSpace(entry.Line))
                yield return new ValidationResult("An entry names no line. Allowed: the name in the certificate of the line's station.", [nameof(Lines)]);
            foreach (var model in entry.Models.Where(model => !ModelCode.TryParse(model, out _)))
                yield return new ValidationResult($"'{Printable.Shorten(model)}' of line {entry.Line} is not a model code. Allowed: four capital letters or digits.", [nameof(Lines)]);
        }

        if (Lines.Select(entry => entry.Line).Distinct(StringComparer.Ordinal).Count() != Lines.Count)
            yield return new ValidationResult("A line is listed twice.", [nameof(Lines)]);
    }
}

/// <summary>The models that one line may fetch certificates of.</summary>
internal sealed record LineModels
{
    /// <summary>The line's name, as in the certificate of its station.</summary>
    public string Line { get; init; } = string.Empty;

    /// <summary>The model codes; none for a line that builds no product, such as a board line.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];
}

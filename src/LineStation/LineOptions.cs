using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation;

/// <summary>Section <c>Line</c>: which line this station stands at, and what it does there.</summary>
public sealed record LineOptions : IValidatableObject
{
    /// <summary>The line's name, which this station's certificate must carry too.</summary>
    [Required]
    [RegularExpression("^[0-9A-Za-z-]{1,16}$", ErrorMessage = "Allowed: 1 to 16 letters, digits and '-', such as 1001.")]
    public string Name { get; init; } = string.Empty;

    /// <summary>What is done to each board, in this order. Left out: <see cref="WholeLine"/>.</summary>
    public LineStep[]? Steps { get; init; }

    /// <summary>A line that takes a blank board and gives a proved unit.</summary>
    public static IReadOnlyList<LineStep> WholeLine { get; } = [LineStep.WriteCommonCertificate, LineStep.WriteCertificate, LineStep.InitializeParameters, LineStep.Prove];

    /// <summary>Whether <paramref name="step"/> is done here.</summary>
    public bool Does(LineStep step) => (Steps ?? WholeLine).Contains(step);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Steps is null)
            yield break;
        if (Steps.Length == 0)
            yield return new ValidationResult("Name at least one step, or leave the list out.", [nameof(Steps)]);
        for (var i = 1; i < Steps.Length; i++)
        {
            if (Steps[i] <= Steps[i - 1])
                yield return new ValidationResult($"{Steps[i]} can't stand behind {Steps[i - 1]}. The order is {string.Join(", ", Enum.GetNames<LineStep>())}, each once.", [nameof(Steps)]);
        }

        LineStep[] together = [LineStep.WriteCertificate, LineStep.InitializeParameters, LineStep.Prove]; // a unit that is not proved counts for nothing (P-27)
        var missing = together.Except(Steps).ToList();
        if (missing.Count is not 0 and not 3)
            yield return new ValidationResult($"WriteCertificate, InitializeParameters and Prove go together; {string.Join(" and ", missing)} is missing.", [nameof(Steps)]);
        if (Steps.Contains(LineStep.UpdateFirmware) && !Steps.Contains(LineStep.WriteCertificate))
            yield return new ValidationResult("UpdateFirmware needs the scanned unit's model; WriteCertificate is missing.", [nameof(Steps)]);
        if (Steps.Contains(LineStep.PrintCheckSheet) && !Steps.Contains(LineStep.Prove))
            yield return new ValidationResult("PrintCheckSheet prints the sheet of a unit that was proved here; Prove is missing.", [nameof(Steps)]);
    }
}

using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.ProductionManagement.Plans;

/// <summary>What the factory's own system would know: how many units of which model are built each day.</summary>
internal sealed record PlanOptions : IValidatableObject
{
    /// <summary>One line per model; the same every day of every month.</summary>
    public IReadOnlyList<PlannedModel> Models { get; init; } = [];

    /// <summary>A file (relative to --data) that is served byte for byte instead of the made plan, for rehearsing with a real or a broken one.</summary>
    public string? File { get; init; }

    /// <summary>The media type <see cref="File"/> is served with.</summary>
    public string FileMediaType { get; init; } = "text/csv; charset=utf-8";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var model in Models)
        {
            if (!ModelCode.TryParse(model.Model, out _))
                yield return new ValidationResult($"'{model.Model}' is not a model code. Expected four capital letters or digits.", [nameof(Models)]);
            if (model.CountPerDay is < 0 or > MachineNumber.MaxSerial)
                yield return new ValidationResult($"CountPerDay of {model.Model} is {model.CountPerDay}. Allowed: 0 to {MachineNumber.MaxSerial}.", [nameof(Models)]);
            if (model.FirstSerial is < 0 or > MachineNumber.MaxSerial)
                yield return new ValidationResult($"FirstSerial of {model.Model} is {model.FirstSerial}. Allowed: 0 to {MachineNumber.MaxSerial}.", [nameof(Models)]);
        }

        if (Models.Select(model => model.Model).Distinct(StringComparer.Ordinal).Count() != Models.Count)
            yield return new ValidationResult("A model is named twice.", [nameof(Models)]);
    }
}

/// <summary>One model's figures.</summary>
internal sealed record PlannedModel
{
    /// <summary>The model code.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Units per day.</summary>
    public int CountPerDay { get; init; }

    /// <summary>The serial of the first unit of each month's first day, counted on from day to day; null where the terminal counts itself.</summary>
    public int? FirstSerial { get; init; }

    /// <summary>The only line that builds this model; null for any.</summary>
    public string? Line { get; init; }
}

using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>The table that says per model whether its units get a certificate (P-6).</summary>
internal sealed record ManagedModelsOptions : IValidatableObject
{
    /// <summary>One line per model that the factory builds; a model that is not listed is not managed.</summary>
    public IReadOnlyList<ModelEntry> Models { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var entry in Models)
        {
            if (!ModelCode.TryParse(entry.Model, out _))
                yield return new ValidationResult($"'{Printable.Shorten(entry.Model)}' is not a model code. Allowed: four capital letters or digits.", [nameof(Models)]);
            if (entry.BoardMakesKey && !entry.Managed)
                yield return new ValidationResult($"BoardMakesKey of {Printable.Shorten(entry.Model)} has no effect, because its units get no certificate. Set Managed too, or remove BoardMakesKey.", [nameof(Models)]);
            if (entry.FirstSerial is < 0 or > MachineNumber.MaxSerial)
                yield return new ValidationResult($"FirstSerial of {entry.Model} is {entry.FirstSerial}. Allowed: 0 to {MachineNumber.MaxSerial}.", [nameof(Models)]);
        }

        if (Models.Select(entry => entry.Model).Distinct(StringComparer.Ordinal).Count() != Models.Count)
            yield return new ValidationResult("A model is listed twice.", [nameof(Models)]);
    }
}

/// <summary>One model.</summary>
internal sealed record ModelEntry
{
    /// <summary>The model code.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Whether its units get a certificate.</summary>
    public bool Managed { get; init; }

    /// <summary>Whether its boards make their own keys (P-28): then no packs are ordered for its units, and a station passes on the board's certificate request. Holds for days allocated from now on.</summary>
    public bool BoardMakesKey { get; init; }

    /// <summary>Where counting begins, for plans that give out no serials themselves.</summary>
    public int FirstSerial { get; init; } = 100_001;
}

/// <summary>Answers what <see cref="ManagedModelsOptions"/> says.</summary>
internal sealed class ManagedModels(ManagedModelsOptions options)
{
    private readonly Dictionary<ModelCode, ModelEntry> _managed = options.Models.Where(entry => entry.Managed).ToDictionary(entry => ModelCode.Parse(entry.Model));

    /// <summary>The managed models in order.</summary>
    public IEnumerable<ModelCode> All => _managed.Keys.Order();

    /// <summary>Whether units of <paramref name="model"/> get a certificate.</summary>
    public bool Contains(ModelCode model) => _managed.ContainsKey(model);

    /// <summary>Whether the boards of <paramref name="model"/> make their own keys.</summary>
    public bool BoardMakesKey(ModelCode model) => _managed.GetValueOrDefault(model)?.BoardMakesKey == true;

    /// <summary>Where counting begins.</summary>
    public int FirstSerialOf(ModelCode model) => _managed[model].FirstSerial;
}

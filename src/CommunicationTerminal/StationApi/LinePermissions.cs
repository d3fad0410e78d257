using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>Which line may fetch which models. A line that has no entry may fetch all.</summary>
internal sealed class LinePermissions(StationApiOptions options)
{
    private readonly Dictionary<string, HashSet<ModelCode>> _models = options.Lines.ToDictionary(
        entry => entry.Line,
        entry => entry.Models.Select(model => ModelCode.Parse(model)).ToHashSet(),
        StringComparer.Ordinal);

    /// <summary>The lines that have an entry.</summary>
    public IEnumerable<string> Lines => _models.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether <paramref name="line"/> may fetch certificates of <paramref name="model"/>.</summary>
    public bool Allows(string line, ModelCode model) => !_models.TryGetValue(line, out var models) || models.Contains(model);

    /// <summary>Passes where <paramref name="line"/> may fetch the certificate of <paramref name="number"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.WrongLine"/>.</exception>
    public void Require(string line, MachineNumber number)
    {
        if (Allows(line, number.Model))
            return;
        var models = _models[line];
        var allowed = models.Count == 0 ? "It may fetch none" : $"It may fetch {string.Join(", ", models.Order())}";
        throw new ProvisioningException(
            ErrorCode.WrongLine,
            $"Line {line} may not fetch certificates of model {number.Model} ({number}). {allowed}. Take the unit to its own line, or ask the plant manager.");
    }
}

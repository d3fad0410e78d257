using System.Text.Json.Serialization;

namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>A row of a plan that can't be taken.</summary>
/// <param name="Place">Where it stands, such as <c>Line 12</c>.</param>
/// <param name="Column">Which of its columns is wrong; null where the whole row is.</param>
/// <param name="Reason">What is wrong with it, with the text that it has there, printable and cut.</param>
/// <param name="Date">Its day, where that could be read.</param>
/// <param name="Model">Its model, where day and model could be read: that day of that model keeps the earlier plan.</param>
public sealed record BadPlanRow(string Place, string? Column, string Reason, DateOnly? Date = null, string? Model = null)
{
    /// <summary>Place, column and reason in one sentence.</summary>
    [JsonIgnore]
    public string Sentence => Column is null ? $"{Place} {Reason}." : $"{Place}, column {Column}: {Reason}.";

    /// <inheritdoc/>
    public override string ToString() => Sentence;
}

using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>What is known of a unit when its plate or check sheet is printed.</summary>
/// <param name="Number">The machine number.</param>
/// <param name="PlanDate">The day it is built.</param>
/// <param name="Line">The line that the plan names; null for any.</param>
/// <param name="Copy">1 for the first plate, or sheet, of this unit; higher ones are reprints.</param>
internal sealed record PrintedUnit(MachineNumber Number, DateOnly PlanDate, string? Line, int Copy)
{
    /// <summary>What the barcode says: the number, but in a preview, which could be cut out and stuck on.</summary>
    public string Coded { get; init; } = Number.ToString();
}

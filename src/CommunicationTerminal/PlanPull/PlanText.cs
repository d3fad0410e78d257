namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The texts of the plan's page and card: <c>PlanText.resx</c> and <c>PlanText.ja.resx</c>.</summary>
internal sealed class PlanText;

namespace ProvisioningStation.CommunicationTerminal.Rework;

/// <summary>The texts of page Rework: <c>ReworkText.resx</c> and <c>ReworkText.ja.resx</c>.</summary>
internal sealed class ReworkText;

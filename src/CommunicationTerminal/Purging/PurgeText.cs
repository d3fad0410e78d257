namespace ProvisioningStation.CommunicationTerminal.Purging;

/// <summary>The texts of page Purge: <c>PurgeText.resx</c> and <c>PurgeText.ja.resx</c>.</summary>
internal sealed class PurgeText;

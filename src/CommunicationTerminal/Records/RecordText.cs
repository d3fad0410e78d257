namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>The texts of units, their history, and day reports: <c>RecordText.resx</c> and <c>RecordText.ja.resx</c>.</summary>
internal sealed class RecordText;

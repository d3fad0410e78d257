namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>The texts of the pages Today and Models: <c>TodayText.resx</c> and <c>TodayText.ja.resx</c>.</summary>
internal sealed class TodayText;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>The texts of plates, check sheets and the print page: <c>PrintText.resx</c> and <c>PrintText.ja.resx</c>.</summary>
internal sealed class PrintText;

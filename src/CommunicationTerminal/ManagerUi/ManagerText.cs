namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>The texts of the frame around the pages, of signing in, and of errors: <c>ManagerText.resx</c> and <c>ManagerText.ja.resx</c>.</summary>
internal sealed class ManagerText;

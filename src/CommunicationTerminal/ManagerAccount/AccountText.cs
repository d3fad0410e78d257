namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>The texts of the page that keeps accounts: <c>AccountText.resx</c> and <c>AccountText.ja.resx</c>.</summary>
internal sealed class AccountText;

namespace ProvisioningStation.CommunicationTerminal.Typing;

/// <summary>The texts of page Typing: <c>TypingText.resx</c> and <c>TypingText.ja.resx</c>.</summary>
internal sealed class TypingText;

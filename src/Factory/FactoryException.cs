namespace ProvisioningStation.Factory;

/// <summary>The factory can't start or go on; the message is the one line that the person at the keyboard needs.</summary>
public sealed class FactoryException(string message, Exception? cause = null) : Exception(message, cause);

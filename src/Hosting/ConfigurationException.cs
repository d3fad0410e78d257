namespace ProvisioningStation.Hosting;

/// <summary>A program can't start as it was configured. The message names the file, the key and what is allowed, in one line.</summary>
public sealed class ConfigurationException(string message, Exception? cause = null) : Exception(message, cause);

using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Hosting;

/// <summary>The PEM file of the public keys that images are checked with.</summary>
public static class FirmwareKeyFile
{
    /// <summary>Reads <paramref name="file"/>.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="setting">Where the path was said, such as <c>Images:Keys</c>: the message begins with it.</param>
    /// <exception cref="ConfigurationException">It is not there, can't be read, or holds something else.</exception>
    public static IReadOnlyList<FirmwareKey> Read(string file, string setting)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"{setting}: there is no file {file}. It is a PEM file with the public keys that sign images: stationctl firmware keygen makes one.");
        try
        {
            return FirmwareKey.ReadPem(File.ReadAllText(file));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ProvisioningException)
        {
            throw new ConfigurationException($"{setting}: {file} can't be used: {cause.Message} It is a PEM file with the public keys that sign images: stationctl firmware keygen makes one.", cause);
        }
    }
}

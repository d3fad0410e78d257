using ProvisioningStation.Hosting;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>The passphrase of a test's root, where the ceremony wants it: in a file of its own.</summary>
internal static class RootPassphraseFile
{
    public const string Passphrase = "a passphrase of the tests";

    /// <summary>Writes the file into <paramref name="directory"/> and gives the arguments that name it.</summary>
    public static string[] Make(string directory)
    {
        var file = Path.Combine(directory, "root-passphrase");
        DurableFile.Write(file, System.Text.Encoding.ASCII.GetBytes(Passphrase + "\n"));
        return ["--root-passphrase-file", file];
    }
}

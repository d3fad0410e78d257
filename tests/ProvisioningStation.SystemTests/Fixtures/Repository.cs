using System.Runtime.CompilerServices;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>Where the repository lies.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string file = "")
    {
        var directory = Path.GetDirectoryName(file);
        while (directory is not null && !File.Exists(Path.Combine(directory, "ProvisioningStation.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("The repository's root was not found.");
    }
}

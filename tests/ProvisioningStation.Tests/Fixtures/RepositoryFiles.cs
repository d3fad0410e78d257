namespace ProvisioningStation.Tests.Fixtures;

/// <summary>Files of the repository that the tests run from.</summary>
internal static class RepositoryFiles
{
    public static string Resolve(string relative)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ProvisioningStation.sln")))
                return Path.Combine(directory.FullName, relative);
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}

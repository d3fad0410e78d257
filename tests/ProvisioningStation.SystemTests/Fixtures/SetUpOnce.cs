using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Setup;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>
/// The set-up of a factory as shipped, made once for all tests and copied for each: it depends on neither ports nor plan, and its two programs are a third of what a test's start costs.
/// The launcher's own tests, and every factory whose CA is configured otherwise, make theirs.
/// </summary>
internal static class SetUpOnce
{
    private static readonly Lazy<Task<FactoryLayout>> Made = new(MakeAsync);

    /// <summary>Gives <paramref name="layout"/>, in which nothing is set up yet, everything that the set-up makes.</summary>
    public static async Task CopyToAsync(FactoryLayout layout) => Copy((await Made.Value).Root.Path, layout.Root.Path);

    private static async Task<FactoryLayout> MakeAsync()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "factory-set-up"); // beside the tests' programs: nothing says when the last test is over, and there the next run takes its place
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        var layout = new FactoryLayout(DataDirectory.Open(directory), Path.Combine(Repository.Root, "station-config"));
        await FirstTimeSetup.RunAsync(layout, CancellationToken.None);
        return layout;
    }

    /// <summary>Modes stay: <see cref="File.Copy(string, string)"/> keeps a file's, and every folder here is its owner's alone.</summary>
    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            DataDirectory.Open(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}

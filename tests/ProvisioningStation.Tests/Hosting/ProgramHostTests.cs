using ProvisioningStation.Hosting;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

public sealed class ProgramHostTests
{
    /// <summary>A user has few inotify instances, often 128: a factory of many programs must not need one each.</summary>
    [Fact]
    public void Programs_WatchNoFiles()
    {
        using var directory = new TemporaryDirectory();
        var before = Watchers();
        var builders = Enumerable.Range(0, 20).Select(_ => ProgramHost.CreateBuilder(["--data", directory.Path])).ToList();
        Assert.True(Watchers() < before + builders.Count, $"{before} watchers before, {Watchers()} with {builders.Count} programs");
    }

    private static int Watchers() => Directory.GetFiles("/proc/self/fd").Count(IsWatcher);

    private static bool IsWatcher(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.Contains("inotify", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false; // another test closed it while we looked
        }
    }
}

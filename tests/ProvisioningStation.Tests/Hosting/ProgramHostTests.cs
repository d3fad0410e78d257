using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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

    /// <summary>A board that was put on its cable in the moment of Ctrl-C, say.</summary>
    [Fact]
    public async Task ToldToStopWhileItStarts_EndsAsAnyOther()
    {
        using var directory = new TemporaryDirectory();
        var wasStarting = false;
        var code = await ProgramHost.RunAsync(
            "Test",
            args =>
            {
                var builder = ProgramHost.CreateBuilder(args);
                builder.Services.AddHostedService(services => new StoppedWhileStarting(services.GetRequiredService<IHostApplicationLifetime>(), () => wasStarting = true));
                return builder.Build();
            },
            ["--data", directory.Path]);
        Assert.Equal(0, code);
        Assert.True(wasStarting);
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

    private sealed class StoppedWhileStarting(IHostApplicationLifetime lifetime, Action starting) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            starting();
            lifetime.StopApplication();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

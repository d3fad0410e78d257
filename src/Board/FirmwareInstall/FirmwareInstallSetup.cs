using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The board's part of a firmware update, as the program is put together.</summary>
internal static class FirmwareInstallSetup
{
    /// <summary>Adds it. The boot loader runs when its choice is first asked for.</summary>
    public static void AddFirmwareInstall(this IServiceCollection services, IConfiguration configuration, BoardReset reset)
    {
        services.AddSingleton(Settings.Read<FirmwareInstallOptions>(configuration, "FirmwareInstall"));
        services.AddSingleton(reset);
        services.AddSingleton(provider =>
        {
            _ = provider.GetRequiredService<BoardContent>(); // a new board is assembled first, and its keys are put there
            return TrustedKeys.Read(provider.GetRequiredService<MemoryMap>());
        });
        services.AddSingleton<Lazy<(RunningFirmware Firmware, BootMemory Memory)>>(provider => new(() => new BootLoader(
            provider.GetRequiredService<MemoryMap>(),
            provider.GetRequiredService<TrustedKeys>(),
            provider.GetRequiredService<BoardContent>().Faults,
            provider.GetRequiredService<MemoryReport>(),
            provider.GetRequiredService<FirmwareInstallOptions>().TrialBoots).Start()));
        services.AddSingleton(provider => provider.GetRequiredService<Lazy<(RunningFirmware Firmware, BootMemory Memory)>>().Value.Firmware);
        services.AddSingleton(provider => provider.GetRequiredService<Lazy<(RunningFirmware Firmware, BootMemory Memory)>>().Value.Memory);
        services.AddSingleton<PrintJobs>();
        services.AddSingleton<Installation>();
        services.AddSingleton<FirmwareInbox>();
        services.AddHostedService<TrialBoot>();
        NoListener.ReplaceInUpdater(services);
    }
}

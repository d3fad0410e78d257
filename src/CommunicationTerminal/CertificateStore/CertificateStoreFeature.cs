using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>Units, certificates and chains (P-10).</summary>
internal static class CertificateStoreFeature
{
    /// <summary>Registers the store and the check of what comes into it.</summary>
    public static void AddCertificateStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<StoreOptions>(builder.Configuration, "Store"));
        builder.Services.AddSingleton<ChainStore>().AddSingleton<PackCheck>().AddSingleton<CommonCertificateStore>();
        builder.Services.AddJob<CommonCertificateJob>();
        builder.Services.AddJob<KeySweepJob>();
    }
}

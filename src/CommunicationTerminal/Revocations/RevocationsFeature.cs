using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>What was revoked at the CA by a person there, not by this terminal (P-29).</summary>
internal static class RevocationsFeature
{
    /// <summary>Registers the look at the CA's CRLs; without an address there is none.</summary>
    public static void AddRevocations(this WebApplicationBuilder builder)
    {
        var options = Settings.Read<RevocationsOptions>(builder.Configuration, "Revocations");
        builder.Services.AddSingleton(options).AddSingleton<RevokedStock>().AddSingleton<SeenCrls>().AddSingleton<SerialNumberFill>();
        if (options.CrlUrl is not null)
            builder.Services.AddJob<RevocationJob>();
    }
}

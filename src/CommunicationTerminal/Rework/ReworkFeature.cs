namespace ProvisioningStation.CommunicationTerminal.Rework;

/// <summary>What a person decides about units that failed (P-18).</summary>
internal static class ReworkFeature
{
    /// <summary>Registers the decisions.</summary>
    public static void AddRework(this WebApplicationBuilder builder) => builder.Services.AddSingleton<ReworkDesk>().AddSingleton<ReworkList>();
}

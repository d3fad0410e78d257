namespace ProvisioningStation.CommunicationTerminal.Rework;

/// <summary>What a person decides: units that failed, models that end, numbers that are typed (P-18, P-21, P-22).</summary>
internal static class ReworkFeature
{
    /// <summary>Registers the decisions.</summary>
    public static void AddRework(this WebApplicationBuilder builder)
    {
    }

    /// <summary>Maps the decisions for operators.</summary>
    public static void MapRework(this WebApplication app, RouteGroupBuilder api)
    {
    }
}

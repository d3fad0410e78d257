namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>Rating plates and check sheets (P-33).</summary>
internal static class PrintingFeature
{
    /// <summary>Registers plates and sheets.</summary>
    public static void AddPrinting(this WebApplicationBuilder builder)
    {
    }

    /// <summary>Maps plates and sheets for operators.</summary>
    public static void MapPrinting(this WebApplication app, RouteGroupBuilder api)
    {
    }
}

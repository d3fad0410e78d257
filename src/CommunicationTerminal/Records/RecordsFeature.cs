using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>A unit's history, search, and the signed day report (P-31).</summary>
internal static class RecordsFeature
{
    /// <summary>Registers histories, search and reports.</summary>
    public static void AddRecords(this WebApplicationBuilder builder) => builder.Services.AddSingleton<UnitHistories>();

    /// <summary>Maps histories, search and reports for operators.</summary>
    public static void MapRecords(this WebApplication app, RouteGroupBuilder api) =>
        api.MapGet("/units/{number}", (UnitHistories histories, string number) => histories.Find(MachineNumber.Parse(number))).RequireRole(Role.Operator);
}

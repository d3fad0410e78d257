using ProvisioningStation.Hosting.Pages;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>The scripts and styles of the manager's pages.</summary>
internal static class AssetEndpoint
{
    private static readonly PageAssets Assets = new(typeof(AssetEndpoint).Assembly);

    /// <summary>The address of an asset.</summary>
    public static string Address(string name) => Assets.Address(name);

    /// <summary>Maps <c>/assets/{name}</c>, for everybody.</summary>
    public static void MapAssets(this IEndpointRouteBuilder pages) => Assets.Map(pages).AllowAnonymous();
}

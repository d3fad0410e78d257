using System.Reflection;
using Microsoft.AspNetCore.Components;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Layout;

/// <summary>One entry of the navigation; its text is <c>Page.{Name}</c>.</summary>
internal sealed record NavigationItem(string Name, string Path, AccountRole AtLeast)
{
    /// <summary>Whether the page at <paramref name="path"/> is this one or below it.</summary>
    public bool IsCurrent(PathString path) => Path == "/" ? path == "/" : path.StartsWithSegments(Path, StringComparison.Ordinal);
}

/// <summary>The pages in the order of a manager's day.</summary>
internal static class Navigation
{
    private static readonly NavigationItem[] Items =
    [
        new("Today", "/", AccountRole.Viewer),
        new("Plan", "/plan", AccountRole.Viewer),
        new("Batch", "/batch", AccountRole.Viewer),
        new("Models", "/models", AccountRole.Viewer),
        new("Units", "/units", AccountRole.Viewer),
        new("Rework", "/rework", AccountRole.Supervisor),
        new("Typing", "/typing", AccountRole.Supervisor),
        new("Print", "/print", AccountRole.Supervisor),
        new("Reports", "/reports", AccountRole.Viewer),
        new("Purge", "/purge", AccountRole.Manager),
        new("Users", "/users", AccountRole.Manager),
        new("Audit", "/audit", AccountRole.Supervisor),
        new("Settings", "/settings", AccountRole.Viewer),
    ];

    private static readonly HashSet<string> Routes =
        typeof(Navigation).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<RouteAttribute>()).Select(route => route.Template).ToHashSet(StringComparer.Ordinal);

    /// <summary>Those that somebody of <paramref name="role"/> may open.</summary>
    public static IEnumerable<NavigationItem> For(AccountRole role) => Items.Where(item => item.AtLeast <= role && Routes.Contains(item.Path));
}

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;

/// <summary>Where to go after the sign-in: only to a page of our own, whatever the link said.</summary>
internal static class LocalPath
{
    /// <summary>The path, or the first page where it leads elsewhere or is none that a header may carry.</summary>
    public static string Of(string? path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && path.All(static c => c is > ' ' and <= '~' and not '\\') ? path : "/";
}

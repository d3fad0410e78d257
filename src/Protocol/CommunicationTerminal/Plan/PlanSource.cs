namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>Where a plan comes from (P-4).</summary>
public enum PlanSource
{
    /// <summary>The factory's system is asked over HTTPS.</summary>
    Http,

    /// <summary>The factory's system puts files into a folder.</summary>
    Folder,

    /// <summary>The factory's own database is asked.</summary>
    Database,

    /// <summary>A person gave a file at the terminal or with <c>stationctl terminal plan import</c>.</summary>
    Import,
}

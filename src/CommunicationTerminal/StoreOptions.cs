using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>Where the terminal keeps its tables.</summary>
internal sealed record StoreOptions
{
    /// <summary>The database's file, relative to the data directory.</summary>
    [Required]
    public string Database { get; init; } = "communication-terminal.db";
}

using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>Where the terminal keeps its tables.</summary>
internal sealed record StoreOptions
{
    /// <summary>The database's file, relative to the data directory.</summary>
    [Required]
    public string Database { get; init; } = "communication-terminal.db";

    /// <summary>What becomes of a pack once its unit is proved (P-20). A change takes hold of the units proved before it, too.</summary>
    public AfterProof AfterProof { get; init; } = AfterProof.PurgeKey;
}

/// <summary>What becomes of a pack once its unit is proved (P-20).</summary>
internal enum AfterProof
{
    /// <summary>Nothing: it stays whole, with its flag. Whoever gets the terminal's disk and wrapping key then has every product's key.</summary>
    KeepWithFlag,

    /// <summary>The private key is overwritten, the certificate stays.</summary>
    PurgeKey,

    /// <summary>Key and certificate are overwritten; fingerprint, serial number and the unit's history stay.</summary>
    DeleteRow,
}

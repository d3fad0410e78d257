namespace ProvisioningStation.Factory.Programs;

/// <summary>The assemblies that stand beside the launcher.</summary>
public static class FactoryPrograms
{
    /// <summary>The CA service.</summary>
    public const string CertificateAuthority = "ProvisioningStation.CertificateAuthority";

    /// <summary>The communication terminal.</summary>
    public const string CommunicationTerminal = "ProvisioningStation.CommunicationTerminal";

    /// <summary>A line station.</summary>
    public const string LineStation = "ProvisioningStation.LineStation";

    /// <summary>A board.</summary>
    public const string Board = "ProvisioningStation.Board";

    /// <summary>The stand-in for the factory's production management system.</summary>
    public const string ProductionManagement = "ProvisioningStation.ProductionManagement";
}

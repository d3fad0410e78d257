using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;

namespace ProvisioningStation.Factory;

/// <summary>Where everything of one factory lies: a directory with one folder per program.</summary>
/// <param name="Root">The data directory, <c>.factory</c> by default, mode 0700.</param>
/// <param name="Configuration">The folder with the programs' JSON files, <c>station-config</c>.</param>
public sealed record FactoryLayout(DataDirectory Root, string Configuration)
{
    /// <summary>The CA's data.</summary>
    public string CertificateAuthority => Root.Resolve("certificate-authority");

    /// <summary>The terminal's data.</summary>
    public string CommunicationTerminal => Root.Resolve("communication-terminal");

    /// <summary>The data of the stand-in for the factory's production management system.</summary>
    public string ProductionManagement => Root.Resolve("production-management");

    /// <summary>The launcher's and the command line's own certificate.</summary>
    public string Operator => Root.Resolve(FactoryMap.OperatorDirectory);

    /// <summary>The certificate of the CA's administrator.</summary>
    public string Administrator => Root.Resolve("administrator");

    /// <summary>The certificate of the approver, who is somebody else.</summary>
    public string Approver => Root.Resolve("approver");

    /// <summary>Each program's output.</summary>
    public string Logs => Root.Resolve("logs");

    /// <summary>The plant manager's password, mode 0600.</summary>
    public string ManagerPassword => Root.Resolve("manager-password");

    /// <summary>The passphrase of the root's key, mode 0600; not in the directory of the key.</summary>
    public string RootPassphrase => Root.Resolve("root-passphrase");

    /// <summary>The public keys that sign firmware; where somebody has put them there, new boards get them (<c>stationctl firmware keygen</c>).</summary>
    public string FirmwareKeys => Root.Resolve("firmware-keys.pem");

    /// <summary>A line station's data.</summary>
    public string Line(string line) => Root.Resolve($"line-{line}");

    /// <summary>A board's memory map.</summary>
    public string Board(int number) => Root.Resolve(Path.Combine("boards", number.ToString("D6", System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>The named program's configuration file.</summary>
    public string ConfigurationFile(string name) => Path.Combine(Configuration, name + ".json");
}

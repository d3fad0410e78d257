using System.CommandLine;
using ProvisioningStation.Control.Audit;
using ProvisioningStation.Control.CertificateAuthority;
using ProvisioningStation.Control.Completion;
using ProvisioningStation.Control.Contexts;
using ProvisioningStation.Control.Firmware;
using ProvisioningStation.Control.Scan;
using ProvisioningStation.Control.Show;
using ProvisioningStation.Control.Terminal;
using ProvisioningStation.Control.Update;

namespace ProvisioningStation.Control;

/// <summary>The command line <c>stationctl</c>.</summary>
public static class ControlCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("stationctl: what people at a factory and at the CA do from a keyboard. Exit codes: 0 ok, 1 local, 2 server, 3 not allowed, 4 not found, 5 conflict, 6 partly done.")
        {
            ScanCommand.Create(),
            TodayCommand.Create(),
            UnitsCommand.Create(),
            HealthCommand.Create(),
            TerminalCommand.Create(),
            UpdateCommand.Create(),
            CaCommand.Create(),
            AuditCommand.Create(ServedPart.CertificateAuthority),
            FirmwareCommand.Create(),
            ContextCommand.Create(),
            CompletionCommand.Create(),
        };
        Help.ShowExamples(root);
        return root;
    }
}

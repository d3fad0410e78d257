using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca machines</c>: what the CA knows of a machine number.</summary>
public static class MachinesCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("machines", "What the CA knows of machine numbers.") { Show() };

    private static Command Show()
    {
        var number = new Argument<string>("number") { Description = "The machine number, such as 3012-000001." };
        return new Command("show", "Shows a machine number's valid certificate, all earlier ones, and its history.") { number }
            .WithExamples("stationctl ca machines show 3012-000001", "stationctl ca machines show 3012-000001 --json")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                ca.Print(await ca.Client.GetAsync<MachineDetail>(ApiPath.Of("api/machines", parsed.GetValue(number)!).ToString(), cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    private static void Print(MachineDetail machine)
    {
        Console.WriteLine(machine.Current is null ? $"{machine.MachineNumber} has no valid certificate now." : $"{machine.MachineNumber}: valid certificate {machine.Current.SerialNumber} ({machine.Current.State})");
        CertificatesCommand.Print(machine.Current is null ? machine.Earlier : [.. machine.Earlier, machine.Current]);
        HistoryTable.Print(machine.History);
    }
}

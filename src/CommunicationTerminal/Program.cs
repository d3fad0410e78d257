using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting;

const string Name = "Communication terminal";
return args is ["init", .. var rest]
    ? ProgramHost.RunCommand(Name, InitCommand.Run, rest)
    : await ProgramHost.RunAsync(Name, CommunicationTerminalApp.Build, args);

using ProvisioningStation.Board;
using ProvisioningStation.Hosting;

return await ProgramHost.RunAsync("Board", BoardApp.Build, args);

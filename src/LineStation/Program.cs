using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation;

return await ProgramHost.RunAsync("Line station", LineStationApp.Build, args);

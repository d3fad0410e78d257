using ProvisioningStation.Hosting;
using ProvisioningStation.ProductionManagement;

return await ProgramHost.RunAsync("Production management", ProductionManagementApp.Build, args);

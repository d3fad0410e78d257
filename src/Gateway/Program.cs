using ProvisioningStation.Gateway;
using ProvisioningStation.Hosting;

return await ProgramHost.RunAsync("Gateway", GatewayApp.Build, args);

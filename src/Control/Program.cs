using ProvisioningStation.Control;

return await ControlCommand.Create().Parse(args).InvokeAsync();

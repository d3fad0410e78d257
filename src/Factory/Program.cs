using ProvisioningStation.Factory;

return await FactoryCommand.Create().Parse(args).InvokeAsync(FactoryCommand.Invocation);

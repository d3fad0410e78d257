using ProvisioningStation.Control;

var parsed = ControlCommand.Create().Parse(args);
return ArgumentErrors.AreIn(parsed) ? (int)ArgumentErrors.Tell(parsed, Console.Error) : await parsed.InvokeAsync();

using ProvisioningStation.Board;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Hosting;

var reset = new BoardReset();
var code = await ProgramHost.RunAsync("Board", arguments => BoardApp.Build(arguments, reset), args);
return reset.IsDue(code) ? ProcessRestart.Now() : code;

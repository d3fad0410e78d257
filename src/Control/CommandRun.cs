using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Control;

/// <summary>How every subcommand runs: errors become one line on standard error and an exit code.</summary>
public static class CommandRun
{
    /// <summary>The option that every command has.</summary>
    public const string JsonOption = "--json";

    /// <summary>Gives <paramref name="command"/> its action.</summary>
    public static Command Acts(this Command command, Func<ParseResult, CancellationToken, Task<ExitCode>> act)
    {
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return (int)await act(parsed, cancellationToken);
            }
            catch (Exception cause) when (cause is ProvisioningException or ConfigurationException or IOException or UnauthorizedAccessException)
            {
                var code = cause is ProvisioningException known ? $" ({known.Code})" : string.Empty;
                await parsed.InvocationConfiguration.Error.WriteLineAsync("stationctl: " + cause.Message.ReplaceLineEndings(" ") + code);
                return (int)CodeOf(cause);
            }
        });
        return command;
    }

    /// <summary>The exit code of an error.</summary>
    public static ExitCode CodeOf(Exception cause) => cause is not ProvisioningException known ? ExitCode.Local : known.Code switch
    {
        ErrorCode.NotAuthorized or ErrorCode.Revoked or ErrorCode.ImageNotAllowed => ExitCode.NotAllowed,
        ErrorCode.NotFound or ErrorCode.NotInStore or ErrorCode.UnknownRequest => ExitCode.NotFound,
        ErrorCode.Conflict or ErrorCode.AlreadyWritten or ErrorCode.AlreadyIssued or ErrorCode.PreconditionFailed or ErrorCode.RequestIdReused or ErrorCode.QuotaExceeded => ExitCode.Conflict,
        ErrorCode.Internal => ExitCode.Server,
        _ => ErrorTranslation.IsByCaller(known.Code) ? ExitCode.Local : ExitCode.Server,
    };
}

using System.Data.Common;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>Parameters of commands that are prepared once and run thousands of times, where Dapper's per-call work would count.</summary>
internal static class DbCommandExtensions
{
    /// <summary>Adds a parameter; null becomes SQL's NULL.</summary>
    public static DbParameter AddParameter(this DbCommand command, string name, object? value = null)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return parameter;
    }
}

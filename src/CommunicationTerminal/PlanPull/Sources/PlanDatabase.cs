using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Opens the factory's own database with what its connection file says, made read-only and, over a network, encrypted.</summary>
internal static class PlanDatabase
{
    private const int MaxConnectionText = 4096;

    /// <summary>An open connection.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PlanUnavailable"/>; what it says never has a part of the connection string in it.</exception>
    public static async Task<DbConnection> OpenAsync(PlanDatabaseOptions options, DataDirectory data, CancellationToken cancellationToken)
    {
        var file = data.Resolve(options.ConnectionFile);
        var connection = Create(options.Provider, ReadConnectionText(file), file);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static DbConnection Create(PlanDatabaseProvider provider, string text, string file)
    {
        try
        {
            if (provider == PlanDatabaseProvider.Sqlite)
                return new SqliteConnection(new SqliteConnectionStringBuilder(text) { Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            var server = new SqlConnectionStringBuilder(text) { ApplicationIntent = ApplicationIntent.ReadOnly, PersistSecurityInfo = false, ApplicationName = "ProvisioningStation" };
            if (!server.Encrypt)
                throw Unavailable($"The connection file {file} lacks Encrypt=true: the factory's plan is not read over an open connection.");
            return new SqlConnection(server.ToString());
        }
        catch (ArgumentException)
        {
            // The driver's message may quote the text, password and all.
            throw Unavailable($"The connection file {file} does not hold a connection string for {provider}.");
        }
    }

    private static string ReadConnectionText(string file)
    {
        try
        {
            const UnixFileMode Others = ~DataDirectory.OwnerOnlyFile;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != UnixFileMode.None)
                throw Unavailable($"The connection file {file} can be read by others: chmod 600 {file}");
            if (new FileInfo(file).Length > MaxConnectionText)
                throw Unavailable($"The connection file {file} is longer than {MaxConnectionText} bytes.");
            return File.ReadAllText(file).Trim();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ProvisioningException(ErrorCode.PlanUnavailable, $"The connection file {file} can't be read: {cause.Message}", cause);
        }
    }

    private static ProvisioningException Unavailable(string message) => new(ErrorCode.PlanUnavailable, message);
}

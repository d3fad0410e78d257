using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Asks the factory's own database with the query of the configuration: read-only, in bounded time, for a bounded number of rows.</summary>
internal sealed class DatabasePlanSource(PlanDatabaseOptions options, PlanPullOptions pull, DataDirectory data) : IPlanSource
{
    private const int MaxCell = 200;

    /// <inheritdoc/>
    public string Place => $"{options.Provider} by {Path.GetFileName(options.ConnectionFile)}";

    /// <inheritdoc/>
    public async Task<PlanReading> ReadAsync(PlanMonth month, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(pull.Timeout);
        try
        {
            // SQLite's driver works on the caller's thread, whatever its methods are called.
            var rows = await Task.Run(() => QueryAsync(month, deadline.Token), deadline.Token);
            return PlanRules.Check(month, new PlanTable(rows, []));
        }
        catch (Exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException(ErrorCode.PlanUnavailable, $"The factory's database did not answer the plan's query within {pull.Timeout}.");
        }
        catch (DbException cause)
        {
            // The driver's words about a failed login name the user at most; a password is in none of them.
            throw new ProvisioningException(ErrorCode.PlanUnavailable, $"The factory's database ({options.Provider}) refused: {Printable.Shorten(cause.Message, 200)}", cause);
        }
    }

    private async Task<List<PlanCells>> QueryAsync(PlanMonth month, CancellationToken cancellationToken)
    {
        await using var connection = await PlanDatabase.OpenAsync(options, data, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken); // never committed
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = options.Query!;
        command.CommandTimeout = (int)Math.Ceiling(pull.Timeout.TotalSeconds);
        command.AddParameter("@month", month.ToString());
        command.AddParameter("@first", FactoryClock.Stored(month.FirstDay));
        command.AddParameter("@last", FactoryClock.Stored(month.LastDay));
        await using var interruption = cancellationToken.Register(() => Interrupt(connection));
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellationToken);
        var columns = FindColumns(reader);
        var rows = new List<PlanCells>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (rows.Count == options.MaxRows)
                throw PlanReader.Invalid($"The query gives more than {options.MaxRows} rows. PlanDatabase:MaxRows says how many may come.");
            rows.Add(new PlanCells($"Row {rows.Count + 1}", Cell("date"), Cell("model"), Cell("count"), Cell("firstSerial"), Cell("line")));
        }

        return rows;

        string? Cell(string column) => columns.TryGetValue(column, out var ordinal) ? Text(reader.GetValue(ordinal)) : null;
    }

    private static Dictionary<string, int> FindColumns(DbDataReader reader)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            var name = reader.GetName(i);
            if (PlanCells.Columns.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || known.Japanese == name).Name is not { } column)
                throw PlanReader.Invalid($"The query gives an unknown column '{Printable.Shorten(name)}'. Known: {string.Join(", ", PlanCells.Names)}.");
            if (!columns.TryAdd(column, i))
                throw PlanReader.Invalid($"The query gives column {column} twice.");
        }

        var missing = PlanCells.Required.Except(columns.Keys).ToList();
        return missing.Count == 0 ? columns : throw PlanReader.Invalid($"The query lacks column {string.Join(", ", missing)}.");
    }

    /// <summary>A value as a plan writes it. CHAR columns come padded with spaces.</summary>
    private static string? Text(object value)
    {
        var text = value switch
        {
            DBNull => null,
            DateTime { TimeOfDay.Ticks: 0 } day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            decimal number => number.ToString("0.############", CultureInfo.InvariantCulture), // 1000.00 is 1000
            IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
            string words => words.TrimEnd(' '),
            _ => value.GetType().Name,
        };
        return string.IsNullOrEmpty(text) ? null : text.Length <= MaxCell ? text : text[..MaxCell];
    }

    /// <summary>Ends a query that SQLite is busy with; other databases' drivers watch the token themselves.</summary>
    private static void Interrupt(DbConnection connection)
    {
        if (connection is SqliteConnection { State: ConnectionState.Open, Handle: { } handle })
            SQLitePCL.raw.sqlite3_interrupt(handle);
    }
}

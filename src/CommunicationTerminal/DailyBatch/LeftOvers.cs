using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>Packs of past days that no line has had: shown by model and age, and given back to the CA where the rule says so. Their reuse is a matter of the next allocation (<see cref="DayPlan"/>).</summary>
internal sealed partial class LeftOvers(Database database, DailyBatchOptions options, FactoryClock clock, ILogger<LeftOvers> logger)
{
    private const int Step = 500;

    /// <summary>Takes back what is over its time, some hundred units at a time.</summary>
    public async Task ReturnDueAsync(CancellationToken cancellationToken)
    {
        if (options.LeftOvers != LeftOverRule.Return)
            return;
        var until = clock.Today.AddDays(-options.LeftOverAfterDays);
        foreach (var model in ReadStock(until).Select(stock => stock.Model).Distinct())
        {
            int withdrawn;
            do
            {
                KillPoint.Reached(CommunicationTerminalKillPoints.BeforeLeftOverReturned);
                withdrawn = await WithdrawAsync(model, until, cancellationToken);
                KillPoint.Reached(CommunicationTerminalKillPoints.AfterLeftOverReturned);
                if (withdrawn > 0)
                    LogWithdrawn(withdrawn, model, options.LeftOverAfterDays);
            }
            while (withdrawn == Step);
        }
    }

    /// <summary>The packs in stock of past days, by model and day, the oldest first.</summary>
    public IReadOnlyList<(ModelCode Model, DateOnly Date, int Count)> ReadStock() => ReadStock(clock.Today.AddDays(-1));

    private List<(ModelCode Model, DateOnly Date, int Count)> ReadStock(DateOnly until) => database.Read(connection => connection
        .Query<(string Model, string Date, long Count)>(
            """
            SELECT model, plan_date, COUNT(*) FROM unit WHERE state = 'Stored' AND line IS NULL AND plan_date <= @until
            GROUP BY model, plan_date ORDER BY model, plan_date
            """,
            new { until = FactoryClock.Stored(until) })
        .Select(row => (ModelCode.Parse(row.Model), FactoryClock.ParseDate(row.Date), (int)row.Count))
        .ToList());

    private Task<int> WithdrawAsync(ModelCode model, DateOnly until, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var units = new UnitsOfModel(connection, transaction, model, clock.StoredNow);
            var left = units.ReadLeftOvers(until, Step);
            units.Withdraw(left, $"Left over for more than {options.LeftOverAfterDays} days.");
            return left.Count;
        },
        cancellationToken);

    [LoggerMessage(216, LogLevel.Information, "{Count} packs of model {Model} left the stock: nobody has used them for {Days} days after their own")]
    private partial void LogWithdrawn(int count, ModelCode model, int days);
}

using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Statistics;

/// <summary>
/// Counts what happens, so that statistics never scan certificates: table <c>issuance_counter</c>. Always called in the transaction of the event itself; a counter is never ahead of
/// what it counts, nor behind.
/// </summary>
internal static class CounterBook
{
    /// <summary>Counts <paramref name="amount"/> events.</summary>
    /// <param name="connection">The one that writes.</param>
    /// <param name="transaction">The transaction of the event.</param>
    /// <param name="day">The UTC day, as <c>UtcText.DayOf</c> writes it.</param>
    /// <param name="factory">The factory whose terminal the first certificate was made for.</param>
    /// <param name="model">The model.</param>
    /// <param name="event">What happened.</param>
    /// <param name="amount">To how many certificates; 0 leaves no trace.</param>
    public static void Add(DbConnection connection, DbTransaction transaction, string day, string factory, ModelCode model, CounterEvent @event, long amount)
    {
        if (amount == 0)
            return;
        var row = new { day, factory, model = model.ToString(), @event = @event.ToString(), amount };
        var known = connection.Execute(
            "UPDATE issuance_counter SET amount = amount + @amount WHERE day = @day AND factory = @factory AND model = @model AND event = @event",
            row,
            transaction);
        if (known == 0)
            connection.Execute("INSERT INTO issuance_counter (day, factory, model, event, amount) VALUES (@day, @factory, @model, @event, @amount)", row, transaction);
    }

    /// <summary>Counts one event for each machine number.</summary>
    public static void Add(DbConnection connection, DbTransaction transaction, string day, string factory, IEnumerable<MachineNumber> machineNumbers, CounterEvent @event)
    {
        foreach (var (model, amount) in machineNumbers.CountBy(number => number.Model))
            Add(connection, transaction, day, factory, model, @event, amount);
    }
}

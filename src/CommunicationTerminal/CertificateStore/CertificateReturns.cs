using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>Certificates that go back to the CA, which revokes them, because their units will not be built. What is owed is stored in the transaction that takes the unit out of stock.</summary>
internal static class CertificateReturns
{
    private const int MaxWhy = 390;

    /// <summary>Notes that the valid certificate of <paramref name="number"/> is to be revoked; noted once, however often it is said.</summary>
    public static void Owe(DbConnection connection, DbTransaction transaction, MachineNumber number, string why, string now) => connection.Execute(
        """
        INSERT INTO certificate_return (machine_number, owed_at, why)
        SELECT @number, @now, @why WHERE NOT EXISTS (SELECT 1 FROM certificate_return WHERE machine_number = @number)
        """,
        new { number = number.ToString(), now, why = Printable.Shorten(why, MaxWhy) },
        transaction);

    /// <summary>Notes it for the units from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static void Owe(DbConnection connection, DbTransaction transaction, MachineNumber first, MachineNumber last, string why, string now) => connection.Execute(
        """
        INSERT INTO certificate_return (machine_number, owed_at, why)
        SELECT machine_number, @now, @why FROM unit WHERE machine_number BETWEEN @first AND @last
            AND NOT EXISTS (SELECT 1 FROM certificate_return WHERE certificate_return.machine_number = unit.machine_number)
        """,
        new { first = first.ToString(), last = last.ToString(), now, why = Printable.Shorten(why, MaxWhy) },
        transaction);

    /// <summary>
    /// Notes it for the units from <paramref name="first"/> to <paramref name="last"/> that were ended while their packs were on their way: the CA has made certificates that nobody wants any more.
    /// </summary>
    public static void OweEnded(DbConnection connection, DbTransaction transaction, MachineNumber first, MachineNumber last, string now) => connection.Execute(
        """
        INSERT INTO certificate_return (machine_number, owed_at, why)
        SELECT machine_number, @now, 'It was ended before its pack came.' FROM unit
        WHERE machine_number BETWEEN @first AND @last AND state IN ('Withdrawn', 'Scrapped', 'Purged')
            AND NOT EXISTS (SELECT 1 FROM certificate_return WHERE certificate_return.machine_number = unit.machine_number)
        """,
        new { first = first.ToString(), last = last.ToString(), now },
        transaction);

    /// <summary>Forgets what is owed for numbers whose pack is wanted again before the CA was told, and is still on its way.</summary>
    public static void Forgive(DbConnection connection, DbTransaction transaction, MachineNumber first, MachineNumber last) => connection.Execute(
        "DELETE FROM certificate_return WHERE machine_number BETWEEN @first AND @last AND request_id IS NULL",
        new { first = first.ToString(), last = last.ToString() },
        transaction);
}

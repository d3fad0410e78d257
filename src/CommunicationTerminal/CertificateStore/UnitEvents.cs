using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>What can happen to a unit; the names are stored.</summary>
internal enum UnitEvent
{
    /// <summary>A serial number was allocated.</summary>
    Planned,

    /// <summary>A certificate pack was stored; the detail is its fingerprint.</summary>
    Stored,

    /// <summary>A line asked for the pack for the first time.</summary>
    HandedOver,

    /// <summary>Another line took over.</summary>
    TakenOver,

    /// <summary>The board has received the pack.</summary>
    Received,

    /// <summary>The written flag was set.</summary>
    Written,

    /// <summary>A write, or the proof after it, failed.</summary>
    Failed,

    /// <summary>The new identity was proved.</summary>
    Proved,

    /// <summary>The last attempt failed.</summary>
    Blocked,

    /// <summary>The CA ended a request that was not acknowledged in time; the detail says what becomes of the unit.</summary>
    Expired,

    /// <summary>An administrator revoked the certificate at the CA; the detail says why and what becomes of the unit.</summary>
    Revoked,

    /// <summary>A person gave it free again: it gets a new certificate at the next scan, on any line that may have its model.</summary>
    Released,

    /// <summary>A person decided that it is not to be finished.</summary>
    Scrapped,

    /// <summary>Its pack was deleted because its model ended.</summary>
    Purged,

    /// <summary>Its rating plate or its check sheet was printed; the detail says which.</summary>
    Printed,

    /// <summary>It was printed again: there may be two. The detail says which, and why.</summary>
    Reprinted,

    /// <summary>The plan has no use for it any more, or its pack was left over; the detail says why.</summary>
    Withdrawn,

    /// <summary>It belongs to another day of the plan now.</summary>
    Moved,
}

/// <summary>The history of each unit: who, where, when, what (P-31). Written in the transaction of the step it tells of.</summary>
internal static class UnitEvents
{
    /// <summary>Who, where no station is involved.</summary>
    private const string Terminal = "terminal";

    private const int MaxDetail = 390;

    /// <summary>Adds one event.</summary>
    public static void Add(DbConnection connection, DbTransaction transaction, MachineNumber number, int attempt, UnitEvent what, string? line, string now, string? detail = null, string? who = null) =>
        connection.Execute(
            "INSERT INTO unit_event (machine_number, at, what, who, line, attempt, detail) VALUES (@number, @now, @what, @who, @line, @attempt, @detail)",
            new
            {
                number = number.ToString(),
                now,
                what = what.ToString(),
                who = who ?? (line is null ? Terminal : $"station {line}"),
                line,
                attempt,
                detail = detail is null ? null : Printable.Shorten(detail, MaxDetail),
            },
            transaction);

    /// <summary>The detail of the latest event of a kind; null where there is none, or it has none.</summary>
    public static string? FindLatestDetail(DbConnection connection, DbTransaction? transaction, MachineNumber number, UnitEvent what) => connection.QuerySingleOrDefault<string>(
        """
        SELECT detail FROM unit_event
        WHERE event_id = (SELECT MAX(event_id) FROM unit_event WHERE machine_number = @number AND what = @what)
        """,
        new { number = number.ToString(), what = what.ToString() },
        transaction);

    /// <summary>Adds the same event for each unit from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static void AddForRange(DbConnection connection, DbTransaction transaction, UnitEvent what, MachineNumber first, MachineNumber last, string now, string detail) =>
        connection.Execute(
            """
            INSERT INTO unit_event (machine_number, at, what, who, attempt, detail)
            SELECT machine_number, @now, @what, @Terminal, 1, @detail FROM unit WHERE machine_number BETWEEN @first AND @last
            """,
            new { now, what = what.ToString(), Terminal, detail, first = first.ToString(), last = last.ToString() },
            transaction);

    /// <summary>Adds, for each unit of a printing, that it was printed, or printed again; at <paramref name="line"/>, where it was a line that printed it.</summary>
    public static void AddPrinted(DbConnection connection, DbTransaction transaction, string job, string who, string? line, string now, string first, string again) => connection.Execute(
        """
        INSERT INTO unit_event (machine_number, at, what, who, line, attempt, detail)
        SELECT u.machine_number, @now, CASE WHEN p.copy = 1 THEN @printed ELSE @reprinted END, @who, @line, u.attempt, CASE WHEN p.copy = 1 THEN @first ELSE @again END
        FROM printed_unit p JOIN unit u ON u.machine_number = p.machine_number WHERE p.job_id = @job
        """,
        new { job, who, line, now, printed = nameof(UnitEvent.Printed), reprinted = nameof(UnitEvent.Reprinted), first, again },
        transaction);

    /// <summary>Adds, for each first certificate from <paramref name="first"/> to <paramref name="last"/>, that it was stored.</summary>
    public static void AddStored(DbConnection connection, DbTransaction transaction, MachineNumber first, MachineNumber last) => connection.Execute(
        """
        INSERT INTO unit_event (machine_number, at, what, who, attempt, detail)
        SELECT machine_number, stored_at, @what, @Terminal, attempt, fingerprint FROM certificate WHERE machine_number BETWEEN @first AND @last AND attempt = 1
        """,
        new { what = nameof(UnitEvent.Stored), Terminal, first = first.ToString(), last = last.ToString() },
        transaction);
}

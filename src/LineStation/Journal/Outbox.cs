using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>Receipts and results that the terminal has not answered yet. They are stored with the journal's row of their step, before they are sent, and survive a power cut (P-16, P-19).</summary>
internal sealed class Outbox(Database database)
{
    private const string Columns = """
        SELECT id, machine_number AS machineNumber, attempt, kind, succeeded, detail, certificate_fingerprint AS certificateFingerprint, firmware_version AS firmwareVersion,
               refusal_code AS refusalCode, refusal
        FROM outbox
        """;

    /// <summary>Adds <paramref name="entry"/> behind all others.</summary>
    public static void Add(DbConnection connection, DbTransaction transaction, OutboxEntry entry) => connection.Execute(
        """
        INSERT INTO outbox (id, machine_number, attempt, kind, succeeded, detail, certificate_fingerprint, firmware_version)
        SELECT COALESCE(MAX(id), 0) + 1, @MachineNumber, @Attempt, @kind, @Succeeded, @Detail, @CertificateFingerprint, @FirmwareVersion FROM outbox
        """,
        new { entry.MachineNumber, entry.Attempt, kind = entry.Kind.ToString(), entry.Succeeded, entry.Detail, entry.CertificateFingerprint, entry.FirmwareVersion },
        transaction);

    /// <summary>Removes <paramref name="entry"/>.</summary>
    public static void Remove(DbConnection connection, DbTransaction transaction, OutboxEntry entry) =>
        connection.Execute("DELETE FROM outbox WHERE id = @Id", new { entry.Id }, transaction);

    /// <summary>Removes <paramref name="entry"/>. A power cut may bring it back; the terminal takes a report twice.</summary>
    public Task RemoveAsync(OutboxEntry entry, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => Remove(connection, transaction, entry), cancellationToken);

    /// <summary>Notes that the terminal refused <paramref name="entry"/> for good: nobody tries it again by himself, and it is shown until a person has dealt with it.</summary>
    public static void Refuse(DbConnection connection, DbTransaction transaction, OutboxEntry entry, ProvisioningException refused) => connection.Execute(
        "UPDATE outbox SET refusal_code = @code, refusal = @Message WHERE id = @Id",
        new { entry.Id, code = refused.Code.ToString(), refused.Message },
        transaction);

    /// <summary>The units with reports to deliver, the one that waits longest first.</summary>
    public IReadOnlyList<MachineNumber> FindNumbers() => database.Read(connection =>
        connection.Query<string>("SELECT machine_number FROM outbox WHERE refusal_code IS NULL GROUP BY machine_number ORDER BY MIN(id)").Select(MachineNumber.Parse).ToList());

    /// <summary>The reports of one unit in their order, refused ones too.</summary>
    public IReadOnlyList<OutboxEntry> Find(MachineNumber number) => database.Read(connection =>
        connection.Query<OutboxEntry>($"{Columns} WHERE machine_number = @number ORDER BY id", new { number = number.ToString() }).AsList());

    /// <summary>What the terminal refused for good and nobody has dealt with.</summary>
    public IReadOnlyList<OutboxEntry> FindRefused() => database.Read(connection => connection.Query<OutboxEntry>($"{Columns} WHERE refusal_code IS NOT NULL ORDER BY id").AsList());
}

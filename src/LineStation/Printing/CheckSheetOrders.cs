using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.LineStation.BoardWriting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Printing;

/// <summary>The sheets that this line owes, in its database: ordered with the Pass in one transaction, once for each certificate that was proved.</summary>
internal sealed class CheckSheetOrders(Database database, LineOptions line, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>What is stored together with <paramref name="verdict"/>; null where no sheet belongs to it.</summary>
    public Action<DbConnection, DbTransaction>? OrderOf(MachineNumber number, UnitVerdict verdict)
    {
        if (!line.Does(LineStep.PrintCheckSheet) || verdict is not { Verdict: Verdict.Pass, CertificateFingerprint: { } fingerprint })
            return null;
        var now = time.GetUtcNow();
        var order = new
        {
            Fingerprint = fingerprint.ToString(),
            Number = number.ToString(),
            RequestId = RequestId.New().ToString(),
            Now = UtcText.Of(now),
            Old = UtcText.Of(now - Kept),
        };
        return (connection, transaction) =>
        {
            connection.Execute("DELETE FROM check_sheet WHERE state <> 'Ordered' AND ordered_at < @Old", order, transaction);
            connection.Execute(
                """
                INSERT INTO check_sheet (certificate_fingerprint, machine_number, request_id, ordered_at, state)
                SELECT @Fingerprint, @Number, @RequestId, @Now, 'Ordered' WHERE NOT EXISTS (SELECT 1 FROM check_sheet WHERE certificate_fingerprint = @Fingerprint)
                """,
                order,
                transaction);
        };
    }

    /// <summary>What is still to be printed, the oldest first.</summary>
    public IReadOnlyList<CheckSheetOrder> FindOpen() => database.Read(connection => connection.Query<(string Number, string RequestId)>(
        "SELECT machine_number, request_id FROM check_sheet WHERE state = 'Ordered' ORDER BY ordered_at, request_id").AsList())
        .ConvertAll(row => new CheckSheetOrder(MachineNumber.Parse(row.Number), RequestId.Parse(row.RequestId)));

    /// <summary>What is stored when nothing more is to be done for <paramref name="order"/>.</summary>
    public static Action<DbConnection, DbTransaction> EndOf(CheckSheetOrder order, bool printed) => (connection, transaction) => connection.Execute(
        "UPDATE check_sheet SET state = @State WHERE request_id = @RequestId",
        new { State = printed ? "Printed" : "Refused", RequestId = order.RequestId.ToString() },
        transaction);
}

/// <summary>One sheet to be printed.</summary>
internal sealed record CheckSheetOrder(MachineNumber Number, RequestId RequestId);

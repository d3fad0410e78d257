using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>The one place where the history of a unit is put together (P-31): for the page, the API and the command line.</summary>
internal sealed class UnitHistories(Database database)
{
    /// <summary>More than a unit can have in any normal life; a station that repeats a call adds no events.</summary>
    private const int MaxRows = 2000;

    private sealed record EventRow(long EventId, string At, string What, string Who, string? Line, long Attempt, string? Detail);

    /// <summary>Everything on record of <paramref name="number"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public UnitHistory Find(MachineNumber number) => database.Read(connection =>
    {
        var unit = Unit.Find(connection, null, number) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no unit {number} here: its number was never given out by this terminal.");
        return new UnitHistory(
            unit.Number,
            number.Model.ToString(),
            FactoryClock.ParseDate(unit.PlanDate),
            unit.PlanLine,
            unit.AtScan,
            unit.State,
            unit.Attempt,
            unit.Line,
            Moment(unit.StoredAt),
            Moment(unit.WrittenAt),
            Moment(unit.ProvedAt),
            unit.FirmwareVersion,
            CertificatesOf(connection, unit.Number),
            EventsOf(connection, unit.Number),
            DecisionsOn(connection, unit.Number));
    });

    private static List<UnitCertificate> CertificatesOf(DbConnection connection, string number) => connection.Query<CertificateRow>(
            """
            SELECT attempt AS "Attempt", serial_number AS "SerialNumber", fingerprint AS "Fingerprint", certificate AS "Certificate", stored_at AS "StoredAt", received_at AS "ReceivedAt",
                outcome AS "Outcome", CASE WHEN wrapped_key IS NULL THEN 0 ELSE 1 END AS "HasKey", board_made AS "IsBoardMade"
            FROM certificate WHERE machine_number = @number
            UNION ALL
            SELECT attempt, serial_number, fingerprint, NULL, stored_at, received_at, outcome, 0, board_made FROM deleted_certificate WHERE machine_number = @number
            ORDER BY "Attempt"
            """,
            new { number })
        .Select(row => row.ToCertificate())
        .ToList();

    private static List<UnitHappening> EventsOf(DbConnection connection, string number) => connection.Query<EventRow>(
            """
            SELECT event_id AS "EventId", at AS "At", what AS "What", who AS "Who", line AS "Line", attempt AS "Attempt", detail AS "Detail"
            FROM unit_event WHERE machine_number = @number ORDER BY event_id
            """,
            new { number },
            buffered: false)
        .Take(MaxRows)
        .Select(row => new UnitHappening(row.EventId, FactoryClock.Parse(row.At), row.What, row.Who, row.Line, (int)row.Attempt, row.Detail))
        .ToList();

    private static List<AuditEvent> DecisionsOn(DbConnection connection, string number) => connection.Query<AuditEvent>(
            """
            SELECT sequence AS "Sequence", at AS "At", actor AS "Actor", action AS "Action", subject AS "Subject", outcome AS "Outcome", detail AS "Detail", hash AS "Hash"
            FROM audit_event WHERE subject = @number ORDER BY sequence
            """,
            new { number },
            buffered: false)
        .Take(MaxRows)
        .ToList();

    private static DateTimeOffset? Moment(string? stored) => stored is null ? null : FactoryClock.Parse(stored);

    /// <summary>A row of one of the two tables; of a certificate that was deleted there are no octets any more.</summary>
    private sealed class CertificateRow
    {
        public long Attempt { get; init; }

        public string? SerialNumber { get; init; }

        public string Fingerprint { get; init; } = string.Empty;

        public byte[]? Certificate { get; init; }

        public string StoredAt { get; init; } = string.Empty;

        public string? ReceivedAt { get; init; }

        public string? Outcome { get; init; }

        public bool HasKey { get; init; }

        public bool IsBoardMade { get; init; }

        public UnitCertificate ToCertificate()
        {
            var leaf = Certificate is null ? null : LeafCertificate.Parse(Certificate);
            return new UnitCertificate(
                (int)Attempt,
                SerialNumber ?? leaf?.SerialNumber ?? string.Empty,
                Fingerprint,
                leaf?.NotBefore,
                leaf?.NotAfter,
                FactoryClock.Parse(StoredAt),
                Moment(ReceivedAt),
                Outcome,
                HasKey ? KeyPlace.InStore : IsBoardMade ? KeyPlace.OnTheBoardOnly : KeyPlace.Deleted);
        }
    }
}

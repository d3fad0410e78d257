using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>
/// Revokes: state, reason, time, the wiped keys, the audit event, the counters and the ledger in one transaction, so that after a kill all of it is there or nothing, and the same
/// call again goes on from there. What was revoked before keeps its first reason and time; only <c>keyCompromise</c> replaces a weaker reason.
/// </summary>
internal sealed class RevocationStore(Database database, AuditTrail audit, IssuedLedger ledger, RevocationNews news, TimeProvider time)
{
    private const string Columns = """
        certificate.id AS Id, certificate.machine_number AS MachineNumber, certificate.serial_number AS SerialNumber, certificate.state AS State,
        certificate.revoked_at AS RevokedAt, certificate.revocation_reason AS Reason,
        issuance_request.caller AS Caller
        """;

    private const string Tables = "certificate JOIN issuance_request ON issuance_request.request_id = certificate.request_id";

    /// <summary>Revokes what <paramref name="target"/> names, or says what that would be.</summary>
    /// <param name="target">Which certificates.</param>
    /// <param name="reason">Why.</param>
    /// <param name="note">For the audit trail.</param>
    /// <param name="actor">Who.</param>
    /// <param name="dryRun">Only look.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>: there is no such certificate, or none yet.</exception>
    public async Task<RevocationAnswer> RevokeAsync(RevocationTarget target, RevocationReason reason, string? note, string actor, bool dryRun, CancellationToken cancellationToken)
    {
        if (dryRun)
            return database.Read(connection => Answer(Plan(connection, null, target, reason), dryRun: true));
        KillPoint.Reached(CertificateAuthorityKillPoints.BeforeRevoke);
        var answer = await database.WriteAsync(
            (connection, transaction) =>
            {
                var plan = Plan(connection, transaction, target, reason);
                if (plan.Exists(step => step.Outcome != RevocationOutcome.AlreadyRevoked))
                    Carry(connection, transaction, plan, target, reason, note, actor);
                return Answer(plan, dryRun: false);
            },
            cancellationToken);
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterRevoke);
        if (answer.Revoked + answer.Changed > 0)
            news.Announce();
        return answer;
    }

    /// <summary>What happens to each certificate of the target, in the order of its rows.</summary>
    private List<Step> Plan(DbConnection connection, DbTransaction? transaction, RevocationTarget target, RevocationReason reason)
    {
        var found = Find(connection, transaction, target);
        if (found.Count == 0)
            throw new ProvisioningException(ErrorCode.NotFound, target.NotFound);
        var (now, name) = (UtcText.Of(time.GetUtcNow()), RevocationReasons.NameOf(reason));
        return found.ConvertAll(row =>
        {
            var state = Enum.Parse<CertificateState>(row.State);
            if (state is not (CertificateState.Superseded or CertificateState.Revoked))
            {
                CertificateLife.Require(state, CertificateState.Revoked);
                return new Step(row, RevocationOutcome.Revoked, now, name);
            }

            var stronger = reason == RevocationReason.KeyCompromise && row.Reason != name;
            return new Step(row, stronger ? RevocationOutcome.Changed : RevocationOutcome.AlreadyRevoked, row.RevokedAt ?? now, stronger ? name : row.Reason ?? name);
        });
    }

    /// <summary>
    /// Takes the valid certificates of a return out of use, inside its transaction: <c>cessationOfOperation</c>, with an audit event for the request and one for each number. Numbers without
    /// a valid certificate are passed over.
    /// </summary>
    /// <returns>How many certificates ended.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotAuthorized"/> where one was issued to another terminal.</exception>
    public int Return(DbConnection connection, DbTransaction transaction, ReturnOrder order)
    {
        var (now, reason) = (UtcText.Of(time.GetUtcNow()), RevocationReasons.NameOf(RevocationReason.CessationOfOperation));
        var ending = new List<Step>(order.MachineNumbers.Count);
        foreach (var number in order.MachineNumbers)
        {
            var row = connection.QuerySingleOrDefault<Row>(
                $"SELECT {Columns} FROM {Tables} WHERE machine_number = @number AND state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved')",
                new { number = number.ToString() },
                transaction);
            if (row is null)
                continue;
            if (row.Caller != order.Caller)
                throw new ProvisioningException(ErrorCode.NotAuthorized, $"The certificate of {number} was issued to another terminal. Nothing of request {order.RequestId} was revoked; leave that number out.");
            CertificateLife.Require(Enum.Parse<CertificateState>(row.State), CertificateState.Revoked);
            ending.Add(new Step(row, RevocationOutcome.Revoked, now, reason));
        }

        ending.Sort(static (one, other) => one.Row.Id.CompareTo(other.Row.Id));
        foreach (var group in ending.GroupBy(step => step.Row.State))
        {
            foreach (var run in RunsOf([.. group]))
                Update(connection, transaction, run, run);
        }

        CounterBook.Add(connection, transaction, UtcText.DayOf(time.GetUtcNow()), order.Caller, ending.Select(step => MachineNumber.Parse(step.Row.MachineNumber)), CounterEvent.Revoked);
        audit.Append(connection, transaction, order.Actor, "Returned", order.RequestId.ToString(), detail: Detail(ending, RevocationReason.CessationOfOperation, order.Reason));
        foreach (var step in ending)
            audit.Append(connection, transaction, order.Actor, "Revoked", step.Row.MachineNumber, detail: $"{step.Row.SerialNumber} {reason}");
        ledger.Append([LedgerEntry.Returned(order, ending.Count, now), .. ending.Select(step => LedgerEntry.Ended(nameof(CertificateState.Revoked), step.Row.SerialNumber, step.RevokedAt, step.Reason))]);
        KillPoint.Reached(CertificateAuthorityKillPoints.WithinReturn);
        return ending.Count;
    }

    /// <summary>Rows that follow each other, of which one statement changes all: a returned batch is mostly one run.</summary>
    private static List<List<Step>> RunsOf(List<Step> steps)
    {
        var runs = new List<List<Step>>();
        foreach (var step in steps)
        {
            if (runs.Count > 0 && runs[^1][^1].Row.Id + 1 == step.Row.Id)
                runs[^1].Add(step);
            else
                runs.Add([step]);
        }

        return runs;
    }

    private static List<Row> Find(DbConnection connection, DbTransaction? transaction, RevocationTarget target) => connection.Query<Row>(
        target.Kind switch
        {
            TargetKind.SerialNumber => $"SELECT {Columns} FROM {Tables} WHERE serial_number = @Value",
            TargetKind.RequestId => $"""
                SELECT {Columns} FROM certificate JOIN issuance_request ON certificate.id >= issuance_request.first_certificate
                  AND certificate.id < issuance_request.first_certificate + issuance_request.certificate_count
                WHERE issuance_request.request_id = @Value ORDER BY certificate.id
                """,

            // The valid one; a number without one shows the last that it had.
            _ => $"""
                SELECT {Columns} FROM {Tables} WHERE machine_number = @Value AND state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved')
                UNION ALL
                SELECT * FROM (SELECT {Columns} FROM {Tables} WHERE machine_number = @Value AND state IN ('Superseded', 'Revoked', 'Purged') ORDER BY certificate.id DESC LIMIT 1)
                WHERE NOT EXISTS (SELECT 1 FROM certificate WHERE machine_number = @Value AND state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved'))
                """,
        },
        new { target.Value },
        transaction).AsList();

    private void Carry(DbConnection connection, DbTransaction transaction, List<Step> plan, RevocationTarget target, RevocationReason reason, string? note, string actor)
    {
        var changing = plan.FindAll(step => step.Outcome != RevocationOutcome.AlreadyRevoked);
        foreach (var group in changing.GroupBy(step => (step.Row.State, step.Outcome)))
            Update(connection, transaction, plan, [.. group]);
        var ended = changing.Where(step => step.Outcome == RevocationOutcome.Revoked);
        foreach (var (kind, amount) in ended.CountBy(step => (step.Row.Caller, MachineNumber.Parse(step.Row.MachineNumber).Model)))
            CounterBook.Add(connection, transaction, UtcText.DayOf(time.GetUtcNow()), kind.Caller, kind.Model, CounterEvent.Revoked, amount);
        audit.Append(connection, transaction, actor, "Revoked", target.Subject(changing[0].Row.MachineNumber), detail: Detail(changing, reason, note));
        ledger.Append(changing.Select(step => LedgerEntry.Ended(
            step.Outcome == RevocationOutcome.Revoked ? nameof(CertificateState.Revoked) : step.Row.State,
            step.Row.SerialNumber,
            step.RevokedAt,
            step.Reason)));
        KillPoint.Reached(CertificateAuthorityKillPoints.WithinRevoke);
    }

    /// <summary>All rows of one state at once: the rows of a target follow each other, so one statement does for ten thousand.</summary>
    private static void Update(DbConnection connection, DbTransaction transaction, List<Step> plan, List<Step> group)
    {
        var (state, outcome) = (group[0].Row.State, group[0].Outcome);
        var rows = new { First = plan[0].Row.Id, Last = plan[^1].Row.Id, State = state, Now = group[0].RevokedAt, group[0].Reason };
        var changed = connection.Execute(
            outcome == RevocationOutcome.Revoked
                ? "UPDATE certificate SET state = 'Revoked', wrapped_key = NULL, revoked_at = @Now, revocation_reason = @Reason WHERE id >= @First AND id <= @Last AND state = @State"
                : "UPDATE certificate SET revocation_reason = @Reason WHERE id >= @First AND id <= @Last AND state = @State AND revocation_reason <> @Reason",
            rows,
            transaction);
        if (changed != group.Count)
            throw new ProvisioningException(ErrorCode.Conflict, $"Of {group.Count} certificates in state {state} {changed} could be changed. Nothing was revoked; ask again.");
    }

    /// <summary>One certificate by its serial number; a batch by its count and SHA-256 over the serial numbers in the order of issuing.</summary>
    private static string Detail(List<Step> changing, RevocationReason reason, string? note)
    {
        var said = note is { Length: > 0 } ? ",\"note\":" + JsonSerializer.Serialize(note) : string.Empty;
        var name = RevocationReasons.NameOf(reason);
        if (changing is [var only])
            return $$"""{"serialNumber":"{{only.Row.SerialNumber}}","reason":"{{name}}"{{said}}}""";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var step in changing)
            hash.AppendData(Encoding.ASCII.GetBytes(step.Row.SerialNumber));
        return string.Create(CultureInfo.InvariantCulture, $$"""{"count":{{changing.Count}},"sha256":"{{Convert.ToHexStringLower(hash.GetHashAndReset())}}","reason":"{{name}}"{{said}}}""");
    }

    private static RevocationAnswer Answer(List<Step> plan, bool dryRun) => new(
        dryRun,
        plan.Count(step => step.Outcome == RevocationOutcome.Revoked),
        plan.Count(step => step.Outcome == RevocationOutcome.Changed),
        plan.Count(step => step.Outcome == RevocationOutcome.AlreadyRevoked),
        plan.ConvertAll(step => new RevokedCertificate(step.Row.MachineNumber, step.Row.SerialNumber, step.Outcome, step.Reason, UtcText.Parse(step.RevokedAt))));

    private sealed record Row(long Id, string MachineNumber, string SerialNumber, string State, string? RevokedAt, string? Reason, string Caller);

    private sealed record Step(Row Row, RevocationOutcome Outcome, string RevokedAt, string Reason);
}

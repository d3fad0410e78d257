using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Rework;

/// <summary>
/// What a person decides about one unit, with a reason and a name, in the unit's history and in the audit trail. Released: it is free of its line, its failures are counted anew, and
/// the next scan brings a new certificate, because a board may hold the one of before. Scrapped: it gets none any more, and the one that it has goes back to the CA.
/// </summary>
internal sealed class ReworkDesk(Database database, AuditTrail audit, FactoryClock clock)
{
    /// <summary>The fewest characters of a reason.</summary>
    public const int MinReason = 3;

    /// <summary>The most characters of a reason.</summary>
    public const int MaxReason = 200;

    /// <summary>Gives a unit free. <paramref name="seen"/> and <paramref name="attempt"/> are what the person saw when deciding.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where it has changed since, or there is nothing to be released.</exception>
    public Task ReleaseAsync(MachineNumber number, UnitState seen, int attempt, string reason, string actor, CancellationToken cancellationToken) => DecideAsync(
        number,
        seen,
        attempt,
        reason,
        (connection, transaction, unit, why) =>
        {
            var released = Release(unit);
            if (unit.State is UnitState.Stored or UnitState.Written && released.State == UnitState.ReissuePending)
                StoredCertificate.WipeKey(connection, transaction, number, unit.Attempt);
            unit.Become(connection, transaction, released);
            Record(connection, transaction, unit, UnitEvent.Released, "UnitReleased", why, actor);
        },
        cancellationToken);

    /// <summary>Ends a unit. <paramref name="seen"/> and <paramref name="attempt"/> are what the person saw when deciding.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where it has changed since, or can't be scrapped.</exception>
    public Task ScrapAsync(MachineNumber number, UnitState seen, int attempt, string reason, string actor, CancellationToken cancellationToken) => DecideAsync(
        number,
        seen,
        attempt,
        reason,
        (connection, transaction, unit, why) =>
        {
            if (unit.State == UnitState.Planned && !unit.AtScan)
                throw new ProvisioningException(ErrorCode.Conflict, $"{number} has no certificate yet, so there is nothing to be scrapped. Correct the plan where it is not to be built.");
            if (unit.State == UnitState.Scrapped)
                throw new ProvisioningException(ErrorCode.Conflict, $"{number} is scrapped already.");
            unit.Become(connection, transaction, unit with { State = UnitState.Scrapped });
            connection.Execute("UPDATE certificate SET wrapped_key = NULL WHERE machine_number = @Number AND wrapped_key IS NOT NULL", new { unit.Number }, transaction);
            if (unit.State != UnitState.Planned || unit.CaRequest is not null) // a unit that was never scanned has nothing at the CA
                CertificateReturns.Owe(connection, transaction, number, $"Scrapped at the factory: {why}", clock.StoredNow);
            Record(connection, transaction, unit, UnitEvent.Scrapped, "UnitScrapped", why, actor);
        },
        cancellationToken);

    /// <summary>What a release would make of a unit; throws where there is nothing to be released.</summary>
    private static Unit Release(Unit unit) => unit.State switch
    {
        UnitState.Blocked or UnitState.Written => Reordered(unit),
        UnitState.Stored when unit.Line is not null => Reordered(unit),
        UnitState.ReissuePending when unit.Line is not null || unit.PlanLine is not null => unit with { Line = null, PlanLine = null, ReleasedAttempt = unit.Attempt },
        UnitState.Stored when unit.PlanLine is not null => unit with { PlanLine = null },
        UnitState.Stored or UnitState.ReissuePending => throw new ProvisioningException(ErrorCode.Conflict, $"{unit.Number} is free already: any line that may have model {unit.MachineNumber.Model} can scan it."),
        _ => throw new ProvisioningException(ErrorCode.Conflict, $"{unit.Number} is {unit.State}: there is nothing to be released."),
    };

    private static Unit Reordered(Unit unit) => unit with
    {
        State = UnitState.ReissuePending,
        Line = null,
        PlanLine = null,
        CaRequest = RequestId.New().ToString(),
        CaRequestKey = null,
        ReleasedAttempt = unit.Attempt,
        WrittenAt = null,
    };

    private async Task DecideAsync(
        MachineNumber number,
        UnitState seen,
        int attempt,
        string reason,
        Action<DbConnection, DbTransaction, Unit, string> decide,
        CancellationToken cancellationToken)
    {
        var why = reason.Trim();
        if (why.Length is < MinReason or > MaxReason)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"A decision needs a reason of {MinReason} to {MaxReason} characters.");
        await database.WriteAsync(
            (connection, transaction) =>
            {
                var unit = Unit.Find(connection, transaction, number) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no unit {number}.");
                if (unit.State != seen || unit.Attempt != attempt)
                    throw new ProvisioningException(ErrorCode.Conflict, $"{number} has changed since you looked: it is {unit.State}, certificate {unit.Attempt}. Look again before you decide.");
                decide(connection, transaction, unit, why);
            },
            cancellationToken);
    }

    private void Record(DbConnection connection, DbTransaction transaction, Unit unit, UnitEvent what, string action, string why, string actor)
    {
        UnitEvents.Add(connection, transaction, unit.MachineNumber, unit.Attempt, what, null, clock.StoredNow, why, actor);
        audit.Append(connection, transaction, actor, action, unit.Number, detail: $"was {unit.State}, certificate {unit.Attempt}, line {unit.Line ?? "none"}; reason: {why}");
    }
}

using System.Data.Common;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// How a unit comes into a line's hands, also where another line had begun. Asking again gives the same attempt and the same certificate; another line never gets it, because a board
/// of the first line may hold it already: a new certificate is ordered, which revokes that one. A certificate that is still owed by the CA is fetched first; one that the CA has
/// revoked is never handed over, and replaced also where it was written; so is one whose key is not the key asked for: the CA's where the board has made its own (P-28), and the
/// other way round.
/// </summary>
internal sealed class HandOver(Database database, SingleIssue single, LinePermissions permissions, ManagedModels managed, UnitRefusals refusals, FactoryClock clock)
{
    private const int MaxRounds = 3;

    /// <summary>Takes the unit in hand for <paramref name="line"/>.</summary>
    /// <param name="number">Which unit.</param>
    /// <param name="line">Whose station asks.</param>
    /// <param name="boardKey">The key that the board has made, null where the CA is to make it.</param>
    /// <param name="cancellationToken">Ends the wait; what was begun is gone on with at the next call.</param>
    /// <returns>The unit and the certificate that the line may write.</returns>
    /// <exception cref="ProvisioningException">Why the line does not get it.</exception>
    public async Task<(Unit Unit, StoredCertificate Certificate)> TakeAsync(MachineNumber number, string line, BoardKey? boardKey, CancellationToken cancellationToken)
    {
        permissions.Require(line, number);
        for (var round = 0; round < MaxRounds; round++)
        {
            var mayTakeOver = round == 0;
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeHandOver);
            var (unit, certificate) = await database.WriteTogetherAsync(
                (connection, transaction) => TakeInHand(connection, transaction, number, line, boardKey, mayTakeOver),
                cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterHandOver);
            if (certificate is not null)
                return (unit, certificate);
            await single.CompleteAsync(unit, boardKey, cancellationToken);
        }

        throw new ProvisioningException(ErrorCode.Conflict, $"{number} is being worked on by others. Scan it again.");
    }

    // The certificate is null where the CA still owes it: then the request's id is in the unit's row.
    private (Unit Unit, StoredCertificate? Certificate) TakeInHand(
        DbConnection connection,
        DbTransaction transaction,
        MachineNumber number,
        string line,
        BoardKey? boardKey,
        bool mayTakeOver)
    {
        var unit = Unit.Find(connection, transaction, number) ?? throw refusals.Unknown(number);
        var certificate = StoredCertificate.Find(connection, transaction, number, unit.Attempt);
        refusals.RequireOpen(connection, transaction, unit, certificate);
        if (unit.PlanLine is not null && unit.PlanLine != line)
            throw UnitRefusals.PlannedElsewhere(unit);
        if (unit.Line != line && !mayTakeOver)
            throw UnitRefusals.HeldElsewhere(unit); // it was taken over while the CA was asked
        if (boardKey is null && managed.BoardMakesKey(number.Model) && !HasPack(unit, certificate, line))
            throw UnitRefusals.NeedsRequest(unit);
        if (boardKey is not null && !managed.BoardMakesKey(number.Model))
            throw UnitRefusals.TakesNoRequest(unit);

        var after = unit;
        if (unit.Line != line)
        {
            var what = unit.Line is null ? UnitEvent.HandedOver : UnitEvent.TakenOver;
            UnitEvents.Add(connection, transaction, number, unit.Attempt, what, line, clock.StoredNow, unit.Line is null ? null : $"from line {unit.Line}");
            after = after with { Line = line };
        }

        if (unit.State is UnitState.Stored or UnitState.Written or UnitState.Proved)
        {
            var replaced = certificate!.IsRevoked || (unit.Line is not null && unit.Line != line) || !HasKey(certificate, boardKey);
            if (!replaced)
                return (after == unit ? unit : unit.Become(connection, transaction, after), certificate);
            if (certificate.IsRevoked)
                UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Expired, line, clock.StoredNow, "Scanned again; a new certificate is ordered.");
            StoredCertificate.WipeKey(connection, transaction, number, unit.Attempt);
            after = after with { State = UnitState.ReissuePending, CaRequest = null, WrittenAt = null, ProvedAt = null };
        }

        if (after.CaRequest is null || after.CaRequestKey != boardKey?.Sha256)
            after = after with { CaRequest = RequestId.New().ToString(), CaRequestKey = boardKey?.Sha256 };
        return (after == unit ? unit : unit.Become(connection, transaction, after), null);
    }

    // Units whose packs were ordered before their model was given over to board-made keys keep them.
    private static bool HasPack(Unit unit, StoredCertificate? certificate, string line) =>
        unit.State == UnitState.Stored && certificate is { BoardMade: false, IsRevoked: false } && (unit.Line is null || unit.Line == line);

    private static bool HasKey(StoredCertificate certificate, BoardKey? boardKey) =>
        boardKey is null ? !certificate.BoardMade : certificate.BoardMade && boardKey.IsIn(LeafCertificate.Parse(certificate.Certificate));
}

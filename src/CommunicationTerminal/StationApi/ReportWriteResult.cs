using System.Data.Common;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// What the board said after it wrote and read back. Success sets the written flag (P-17); failure orders a new certificate (P-18), and the last of the allowed attempts blocks
/// the unit. The same report again gets the same answer. A proof that failed is reported as a failure of the attempt whose flag is set: the flag is taken back.
/// </summary>
internal sealed class ReportWriteResult(
    Database database,
    SingleIssue single,
    UnitRefusals refusals,
    StationApiOptions options,
    FactoryClock clock)
{
    private const int MaxFirmwareVersion = 60;

    /// <summary>Answers one station.</summary>
    public async Task<ReportWriteResultResponse> HandleAsync(ReportWriteResultRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeResultStored);
        var (unit, boardMade) = await database.WriteTogetherAsync((connection, transaction) => Record(connection, transaction, request, peer.Name), cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterResultStored);
        if (unit.State == UnitState.ReissuePending && !boardMade && unit.CaRequestKey is null)
            await single.CompleteAsync(unit, null, cancellationToken); // a board that makes its own keys sends a new request first
        return new ReportWriteResultResponse(unit.State switch
        {
            UnitState.Written or UnitState.Proved => NextStep.Finished,
            UnitState.Blocked or UnitState.Scrapped or UnitState.Withdrawn or UnitState.Purged => NextStep.Blocked, // a person has ended it since: there is nothing to be tried again
            _ => NextStep.Retry,
        });
    }

    // The unit as it is afterwards, whose state is the answer, and whether the board had made the key of the certificate that the report is of.
    private (Unit Unit, bool BoardMade) Record(DbConnection connection, DbTransaction transaction, ReportWriteResultRequest request, string line)
    {
        var unit = Unit.Find(connection, transaction, request.MachineNumber) ?? throw refusals.Unknown(request.MachineNumber);
        if (unit.Line != line)
            throw UnitRefusals.HeldElsewhere(unit);
        if (StoredCertificate.Find(connection, transaction, request.MachineNumber, request.Attempt) is not { } certificate)
            throw UnitRefusals.WrongAttempt(unit, request.Attempt);

        var other = request.Succeeded && request.CertificateFingerprint is { } written && written.ToString() != certificate.Fingerprint;
        var succeeded = request.Succeeded && !other;
        if (certificate.Outcome == (succeeded ? StoredCertificate.Succeeded : StoredCertificate.Failed))
            return (unit, certificate.BoardMade); // said before
        if (certificate.IsRevoked && (succeeded || unit.State is not (UnitState.Written or UnitState.Proved)))
            return (unit, certificate.BoardMade); // revoked meanwhile: where the flag is not set, it never will be, and the next scan brings a new one
        if (request.Attempt != unit.Attempt || certificate.Outcome == StoredCertificate.Failed)
            throw UnitRefusals.WrongAttempt(unit, request.Attempt);

        var detail = other ? $"The board wrote certificate {request.CertificateFingerprint}, not {certificate.Fingerprint}. {request.Detail}" : request.Detail;
        return (succeeded ? SetFlag(connection, transaction, unit, request, line) : Fail(connection, transaction, unit, detail, line), certificate.BoardMade);
    }

    private Unit SetFlag(DbConnection connection, DbTransaction transaction, Unit unit, ReportWriteResultRequest request, string line)
    {
        if (unit.State != UnitState.Stored)
            throw UnitRefusals.OutOfPlace(unit, "nothing is being written");
        var now = clock.StoredNow;
        StoredCertificate.MarkReceived(connection, transaction, request.MachineNumber, unit.Attempt, now);
        StoredCertificate.MarkOutcome(connection, transaction, request.MachineNumber, unit.Attempt, StoredCertificate.Succeeded);
        UnitEvents.Add(connection, transaction, request.MachineNumber, unit.Attempt, UnitEvent.Written, line, now, request.Detail);
        var firmware = request.FirmwareVersion is null ? null : Printable.Shorten(request.FirmwareVersion, MaxFirmwareVersion);
        return unit.Become(connection, transaction, unit with { State = UnitState.Written, WrittenAt = now, FirmwareVersion = firmware });
    }

    private Unit Fail(DbConnection connection, DbTransaction transaction, Unit unit, string detail, string line)
    {
        if (unit.State is not (UnitState.Stored or UnitState.Written))
            throw UnitRefusals.OutOfPlace(unit, "a failed write can't be reported");
        var now = clock.StoredNow;
        var blocked = unit.Attempt - unit.ReleasedAttempt >= options.MaxAttempts;
        StoredCertificate.MarkOutcome(connection, transaction, unit.MachineNumber, unit.Attempt, StoredCertificate.Failed);
        StoredCertificate.WipeKey(connection, transaction, unit.MachineNumber, unit.Attempt); // no second board may get it
        UnitEvents.Add(connection, transaction, unit.MachineNumber, unit.Attempt, UnitEvent.Failed, line, now, detail);
        if (blocked)
            UnitEvents.Add(connection, transaction, unit.MachineNumber, unit.Attempt, UnitEvent.Blocked, line, now);
        return unit.Become(connection, transaction, unit with
        {
            State = blocked ? UnitState.Blocked : UnitState.ReissuePending,
            CaRequest = blocked ? unit.CaRequest : RequestId.New().ToString(),
            CaRequestKey = blocked ? unit.CaRequestKey : null,
            WrittenAt = null,
        });
    }
}

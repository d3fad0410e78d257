using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.FirmwareUpdating;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>
/// The story of one unit, from the scan to the proof (P-13 … P-19, P-27). What is true is asked of the board and the terminal at every visit, so a visit that was
/// cut off anywhere is finished by the next scan of the same number; every call may be repeated.
/// </summary>
internal sealed class UnitWriter(
    BoardCable cable,
    ResultPolling results,
    CommonCertificateWriter commonWriter,
    Lazy<FirmwareStep> firmware,
    TerminalClient terminal,
    ReportDelivery reports,
    LineJournal journal,
    LineOptions line)
{
    private const int MostAttempts = 5; // the terminal decides much earlier; this only ends a terminal that never does

    /// <summary>Writes and proves the unit.</summary>
    /// <returns>The fingerprint of the certificate that was proved.</returns>
    /// <exception cref="ProvisioningException">Why there is no Pass.</exception>
    public async Task<Fingerprint> RunAsync(UnitVisit visit, CancellationToken cancellationToken)
    {
        using var turn = await reports.TakeAsync(visit.Number, cancellationToken);
        for (var round = 1; round <= MostAttempts; round++)
        {
            // 1. Who is on the cable?
            var board = await IdentifyAsync(visit, cancellationToken);

            // 2. Its firmware, before it gets what belongs to one unit only (U-1).
            if (line.Does(LineStep.UpdateFirmware))
                board = RequireUnits(visit, await firmware.Value.RunAsync(visit, board, cancellationToken));

            // 3. The pack for the scanned number. A unit whose flag is set already may only need its proof.
            FetchedCertificate? fetched = null;
            Fingerprint fingerprint;
            WriteOutcome? failure;
            try
            {
                await visit.BeginAsync(StationStep.Fetch, cancellationToken);
                await reports.DeliverEarlierAsync(visit.Number, cancellationToken);
                fetched = await FetchAsync(visit, board, cancellationToken);
                visit.Attempt = fetched.Attempt;
                fingerprint = fetched.Fingerprint;

                // 4. + 5. Receipt, write, read back, result, flag.
                (board, failure) = await WriteAndReportAsync(visit, board, fetched, cancellationToken);
            }
            catch (ProvisioningException written) when (written.Code == ErrorCode.AlreadyWritten)
            {
                fingerprint = await ResumeAsync(visit, board, written, cancellationToken);
                failure = null;
            }
            finally
            {
                fetched?.Pack?.ClearPrivateKey();
            }

            if (failure is { } failed)
            {
                var next = await ReportAsync(visit, board, fingerprint, failed, cancellationToken);
                await AcknowledgeFailureAsync(board, next, cancellationToken);
                EndUnlessRetry(visit, next, ErrorCode.WriteFailed, failed.Detail);
                continue;
            }

            // 6. No side forgets before the other knows (P-19): the terminal has the flag, now the board may forget the result.
            await AcknowledgeAsync(board, cancellationToken);

            // 7. The parameters, among them the machine number in NVRAM.
            await visit.BeginAsync(StationStep.Initialize, cancellationToken);
            await board.CallAsync<InitializeParametersRequest, InitializeParametersResponse>(StationCall.Initialize, new InitializeParametersRequest(), cancellationToken);

            // 8. Proof, not trust (P-27): in a new handshake the board must answer as the scanned number with the very certificate.
            await visit.BeginAsync(StationStep.Prove, cancellationToken);
            if (await FindProofProblemAsync(visit, fingerprint, cancellationToken) is { } problem)
            {
                EndUnlessRetry(visit, await ReportAsync(visit, board, fingerprint, new WriteOutcome(false, problem), cancellationToken), ErrorCode.ProofFailed, problem);
                continue;
            }

            await terminal.CallAsync<ReportProofRequest, ReportProofResponse>(
                StationCall.ReportProof,
                new ReportProofRequest(visit.Number, visit.Attempt, fingerprint),
                reports.LongestWait,
                cancellationToken);
            return fingerprint;
        }

        throw new ProvisioningException(ErrorCode.WriteFailed, $"{visit.Number} could not be written in {MostAttempts} attempts.");
    }

    private async Task<BoardConnection> IdentifyAsync(UnitVisit visit, CancellationToken cancellationToken)
    {
        await visit.BeginAsync(StationStep.Identify, cancellationToken);
        var board = await LookAsync(visit, cancellationToken);
        if (board.Peer.Role == Role.Anonymous)
        {
            if (!line.Does(LineStep.WriteCommonCertificate))
                throw new ProvisioningException(ErrorCode.NoCommonCertificate, "The board has no common certificate: it was not on the board line.");
            board = await commonWriter.WriteAsync(board, visit.Entry(StationStep.CommonCertificate), cancellationToken);
        }

        return RequireUnits(visit, board);
    }

    private async Task<BoardConnection> LookAsync(UnitVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            return await cable.LookAsync(cancellationToken);
        }
        catch (ProvisioningException silent) when (silent.Code == ErrorCode.BoardUnavailable && line.Does(LineStep.UpdateFirmware))
        {
            if (await firmware.Value.TryRescueAsync(visit, cancellationToken) is { } rescued)
                return rescued;
            throw;
        }
    }

    private static BoardConnection RequireUnits(UnitVisit visit, BoardConnection board)
    {
        RefuseAnotherUnits(visit, board);
        if (board.Information.MachineNumber is { } other && other != visit.Number)
            throw new ProvisioningException(ErrorCode.WrongBoard, $"{visit.Number} was scanned, but the board on the cable has the number {other}.");
        return board;
    }

    /// <summary>A cable may be plugged over to another unit's board at any moment: that board is neither told nor reported anything of this unit.</summary>
    private static void RefuseAnotherUnits(UnitVisit visit, BoardConnection board)
    {
        if (board.Peer.Role == Role.Device && board.Peer.Name != visit.Number.ToString())
            throw new ProvisioningException(ErrorCode.WrongBoard, $"{visit.Number} was scanned, but the board on the cable is {board.Peer.Name}.");
    }

    /// <summary>The pack; where boards of this model make their own key (P-28), one without a key for the board's request. Both sides give the same again when asked again.</summary>
    private async Task<FetchedCertificate> FetchAsync(UnitVisit visit, BoardConnection board, CancellationToken cancellationToken)
    {
        try
        {
            var fetched = await terminal.CallAsync<RequestCertificateRequest, RequestCertificateResponse>(StationCall.Fetch, new RequestCertificateRequest(visit.Number), cancellationToken);
            return new FetchedCertificate(fetched.Attempt, Check(visit, fetched.CertificatePack), fetched.CertificatePack);
        }
        catch (ProvisioningException boardMade) when (boardMade.Code == ErrorCode.CertificateRequestRequired)
        {
            var result = await board.CallAsync<GetWriteResultRequest, GetWriteResultResponse>(StationCall.GetResult, new GetWriteResultRequest(), cancellationToken);
            if ((result.State is WriteState.Writing or WriteState.Succeeded ? result.CertificateFingerprint : board.Information.CertificateFingerprint) is { } held)
            {
                var unit = await terminal.CallAsync<GetUnitRequest, GetUnitResponse>(StationCall.Fetch, new GetUnitRequest(visit.Number), cancellationToken);
                if (unit.CertificateFingerprint == held && unit.Line == line.Name)
                    return new FetchedCertificate(unit.Attempt, held, null); // written, or being written, by an earlier visit; another request would cost it
            }

            var made = await board.CallAsync<CreateCertificateRequestRequest, CreateCertificateRequestResponse>(
                StationCall.CreateRequest,
                new CreateCertificateRequestRequest(visit.Number),
                cancellationToken);
            var issued = await terminal.CallAsync<SubmitCertificateRequestRequest, SubmitCertificateRequestResponse>(
                StationCall.SubmitRequest,
                new SubmitCertificateRequestRequest(visit.Number, made.CertificateRequest),
                cancellationToken);
            return new FetchedCertificate(issued.Attempt, Check(visit, issued.CertificatePack), issued.CertificatePack);
        }
    }

    private static Fingerprint Check(UnitVisit visit, CertificatePack pack) => pack.MachineNumber == visit.Number
        ? pack.Fingerprint
        : throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The terminal sent the pack of {pack.MachineNumber?.ToString() ?? "nobody"} for {visit.Number}.");

    private async Task<(BoardConnection Board, WriteOutcome? Failure)> WriteAndReportAsync(
        UnitVisit visit,
        BoardConnection board,
        FetchedCertificate fetched,
        CancellationToken cancellationToken)
    {
        var fingerprint = fetched.Fingerprint;
        var wasSent = fetched.Pack?.PrivateKey is not null && journal.WasSent(visit.Number, visit.Attempt); // a certificate for a board's own key is of no use to another board
        await visit.BeginAsync(StationStep.Write, cancellationToken);
        if (wasSent && !await HoldsAsync(board, fingerprint, cancellationToken))
            return (board, new WriteOutcome(false, "This certificate was sent to a board before, and the board on the cable does not have it. No two boards may get the same one."));
        if (!wasSent && fetched.Pack is { } pack)
            await SendAsync(board, pack, cancellationToken);

        await visit.BeginAsync(StationStep.Verify, OutboxEntry.Receipt(visit.Number, visit.Attempt), cancellationToken);
        await reports.TryDeliverAsync(visit.Number, cancellationToken);
        var (answering, outcome) = await results.WaitAsync(board, fingerprint, cancellationToken);
        RefuseAnotherUnits(visit, answering);
        if (outcome is null && answering != board)
        {
            throw new ProvisioningException(
                ErrorCode.WrongBoard,
                "The connection was lost in the middle of the write, and the board that answers now knows nothing of the certificate: it is another one, or its power went first.");
        }

        var result = outcome ?? new WriteOutcome(false, "The board lost the certificate: its power went before it was noted.");
        if (!result.Succeeded)
            return (answering, result);
        var next = await ReportAsync(visit, answering, fingerprint, result, cancellationToken);
        return next == NextStep.Finished
            ? (answering, null)
            : throw new ProvisioningException(ErrorCode.Conflict, $"The terminal answered {next} to a write that succeeded.");
    }

    /// <summary>Whether this board has the certificate in flash, is writing it, or has a result about it.</summary>
    private static async Task<bool> HoldsAsync(BoardConnection board, Fingerprint fingerprint, CancellationToken cancellationToken) =>
        board.Information.CertificateFingerprint == fingerprint
        || await board.CallAsync<GetWriteResultRequest, GetWriteResultResponse>(StationCall.GetResult, new GetWriteResultRequest(), cancellationToken) is { State: not WriteState.Idle } result
        && result.CertificateFingerprint == fingerprint;

    private static async Task SendAsync(BoardConnection board, CertificatePack pack, CancellationToken cancellationToken) =>
        await board.CallAsync<WriteCertificateRequest, WriteCertificateResponse>(StationCall.Write, new WriteCertificateRequest(pack), cancellationToken);

    private static async Task AcknowledgeAsync(BoardConnection board, CancellationToken cancellationToken) =>
        await board.CallAsync<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(StationCall.Acknowledge, new AcknowledgeWriteResultRequest(), cancellationToken);

    private async Task<NextStep> ReportAsync(UnitVisit visit, BoardConnection board, Fingerprint fingerprint, WriteOutcome outcome, CancellationToken cancellationToken)
    {
        var result = OutboxEntry.Receipt(visit.Number, visit.Attempt) with
        {
            Kind = OutboxKind.Result,
            Succeeded = outcome.Succeeded,
            Detail = outcome.Detail,
            CertificateFingerprint = fingerprint.ToString(),
            FirmwareVersion = board.Information.FirmwareVersion,
        };
        await visit.BeginAsync(StationStep.Report, result, cancellationToken);
        return await reports.DeliverResultAsync(visit.Number, outcome.Succeeded, cancellationToken);
    }

    /// <summary>The terminal has the failure. After the last attempt the verdict stands whether the board can still be told or not; it keeps its result until the next pack.</summary>
    private static async Task AcknowledgeFailureAsync(BoardConnection board, NextStep next, CancellationToken cancellationToken)
    {
        try
        {
            await AcknowledgeAsync(board, cancellationToken);
        }
        catch (ProvisioningException lost) when (next != NextStep.Retry && lost.Code == ErrorCode.BoardUnavailable)
        {
            // FAIL, and not "check the cable".
        }
    }

    /// <summary>After a failure that was reported: returns where the terminal has a new certificate for another attempt (P-18), and throws where it has not.</summary>
    private static void EndUnlessRetry(UnitVisit visit, NextStep next, ErrorCode code, string detail)
    {
        if (next != NextStep.Retry)
            throw new ProvisioningException(code, $"{visit.Number} failed in attempt {visit.Attempt}, the last one: {detail}");
    }

    /// <summary>
    /// The flag of this unit is set. Where the board on the cable presents exactly the flagged certificate and was not proved yet, or was proved by this station that then
    /// died before it could say so, the visit goes on behind the write. Everything else is a second unit with the same plate, or a second scan.
    /// </summary>
    private async Task<Fingerprint> ResumeAsync(UnitVisit visit, BoardConnection board, ProvisioningException written, CancellationToken cancellationToken)
    {
        var unit = await terminal.CallAsync<GetUnitRequest, GetUnitResponse>(StationCall.Fetch, new GetUnitRequest(visit.Number), cancellationToken);
        var open = unit.State == CertificateState.Written
            || (unit.State == CertificateState.Proved && unit.Line == line.Name && journal.HasUnfinished(visit.Number));
        if (!open || board.Peer.Role != Role.Device || unit.CertificateFingerprint is not { } fingerprint || board.Peer.Fingerprint != fingerprint)
            throw written;
        visit.Attempt = unit.Attempt;
        return fingerprint;
    }

    /// <summary>What the unit gets; no pack where its board has made the key and holds the certificate already.</summary>
    private sealed record FetchedCertificate(int Attempt, Fingerprint Fingerprint, CertificatePack? Pack);

    private async Task<string?> FindProofProblemAsync(UnitVisit visit, Fingerprint fingerprint, CancellationToken cancellationToken)
    {
        try
        {
            var board = await cable.WaitForReturnAsync(StationCall.Prove, cancellationToken);
            if (board.Peer.Role != Role.Device || board.Peer.Name != visit.Number.ToString())
                return $"the board answered as {board.Peer}, not as {visit.Number}";
            if (board.Peer.Fingerprint != fingerprint)
                return "the board answered with another certificate than the one written";
            return board.Information is { State: BoardState.Initialized } information && information.MachineNumber == visit.Number
                ? null
                : "the board's parameters are not initialised";
        }
        catch (ProvisioningException foreign) when (foreign.Code == ErrorCode.ForeignBoard)
        {
            return foreign.Message;
        }
    }
}

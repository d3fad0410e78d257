using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>Gives a blank board the common certificate (P-11), the only one that every board has alike.</summary>
internal sealed class CommonCertificateWriter(CommonCertificate common, BoardCable cable, ResultPolling results, LineJournal journal)
{
    private const int Attempts = 3;

    /// <summary>Writes it and returns the board over a new connection, in which it presents it.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.WriteFailed"/> and those of the calls.</exception>
    public async Task<BoardConnection> WriteAsync(BoardConnection blank, JournalEntry entry, CancellationToken cancellationToken)
    {
        await journal.RecordAsync(entry with { Message = "Writing the common certificate." }, cancellationToken);
        var pack = await common.GetAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var outcome = await WriteOnceAsync(blank, pack, cancellationToken);
                blank = outcome.Connection;
                if (outcome.Outcome is { Succeeded: true })
                    break;
                if (attempt == Attempts)
                    throw new ProvisioningException(ErrorCode.WriteFailed, $"The common certificate could not be written: {outcome.Outcome?.Detail ?? "the board forgot the write"}");
            }
        }
        finally
        {
            pack.ClearPrivateKey();
        }

        await blank.CallAsync<AcknowledgeWriteResultRequest, AcknowledgeWriteResultResponse>(StationCall.AcknowledgeCommon, new AcknowledgeWriteResultRequest(), cancellationToken);
        var board = await cable.LookAfreshAsync(StationCall.Identify, cancellationToken);
        if (board.Peer.Role == Role.Anonymous)
            throw new ProvisioningException(ErrorCode.WriteFailed, "The board does not present the common certificate that it has written.");
        await journal.RecordAsync(
            entry with { Message = "The common certificate is written.", CertificateFingerprint = pack.Fingerprint },
            cancellationToken);
        return board;
    }

    private async Task<(BoardConnection Connection, WriteOutcome? Outcome)> WriteOnceAsync(BoardConnection blank, CertificatePack pack, CancellationToken cancellationToken)
    {
        if (blank.Information.CommonCertificateFingerprint != pack.Fingerprint)
            await blank.CallAsync<WriteCommonCertificateRequest, WriteCommonCertificateResponse>(StationCall.WriteCommon, new WriteCommonCertificateRequest(pack), cancellationToken);
        return await results.WaitAsync(blank, pack.Fingerprint, cancellationToken);
    }
}

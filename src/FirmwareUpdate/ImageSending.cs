using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>U-6: the image goes to the board over FTP. A transfer that broke off goes on where it stopped, if what the board has is the beginning of this very image (U-22).</summary>
internal sealed class ImageSending(BoardFtp board, Func<string, Stream?> openImage)
{
    private const int NoRoom = 552;

    /// <summary>One try. When it returns the board has the whole image and has checked it, or runs it already.</summary>
    /// <returns>The session that ends with the board's restart; null where the board runs the version.</returns>
    public async Task<FtpClient?> SendAsync(UpdateRun run, UpdateRecord record, CancellationToken cancellationToken)
    {
        var ftp = await board.OpenAsync(run, record, cancellationToken);
        try
        {
            // The last try may have got through, and only its answer was lost.
            if ((await BoardInstall.AskAsync(ftp, cancellationToken)).IsUnderWay)
                return ftp;
            if (await BoardFtp.ReadVersionAsync(ftp, record, cancellationToken) == record.Version)
            {
                await ftp.DisposeAsync();
                return null;
            }

            await SendImageAsync(run, record, ftp, cancellationToken);
            return ftp;
        }
        catch
        {
            await ftp.DisposeAsync();
            throw;
        }
    }

    private async Task SendImageAsync(UpdateRun run, UpdateRecord record, FtpClient ftp, CancellationToken cancellationToken)
    {
        try
        {
            using var image = openImage(record.Image) ?? throw new ProvisioningException(ErrorCode.UpdateFailed, $"The image of version {record.Version} is not there any more. Put it there again, and start another update.");
            var header = await ImageHeader.ReadAsync(image, cancellationToken);
            var offset = run.StartsOver ? 0 : await FindOffsetAsync(ftp, record, header, cancellationToken);
            image.Position = offset;
            await StoreAsync(run, record, ftp, image, offset, header.ImageLength, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is IOException and not FtpException or UnauthorizedAccessException)
        {
            throw new ProvisioningException(ErrorCode.UpdateFailed, $"The image of version {record.Version} can't be read: {Printable.Shorten(unreadable.Message, 200)} Put it there again, and start another update.", unreadable);
        }
    }

    /// <summary>How much of the image the board has. The header's bytes are in no other image: they hold the digest of the payload.</summary>
    private static async Task<long> FindOffsetAsync(FtpClient ftp, UpdateRecord record, ImageHeader header, CancellationToken cancellationToken)
    {
        if (await ftp.FindSizeAsync(record.ImagePath, cancellationToken) is not { } size || size < header.Length || size > header.ImageLength)
            return 0;
        var beginning = await ftp.ReadBeginningAsync(record.ImagePath, header.Length, cancellationToken);
        return header.Bytes.Span.SequenceEqual(beginning) ? size : 0;
    }

    private static async Task StoreAsync(UpdateRun run, UpdateRecord record, FtpClient ftp, Stream image, long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            await ftp.StoreAsync(record.ImagePath, image, offset, new SentBytes(run, record, length), cancellationToken);
        }
        catch (FtpException full) when (full.Reply is { Code: NoRoom })
        {
            throw new ProvisioningException(ErrorCode.StorageFull, $"The board has no room for the image: {full.Reply.Text}", full) { SaidByPeer = true };
        }
        catch (FtpException refused) when (refused.Reply is { Code: >= 500 })
        {
            if (offset == 0)
                throw new ProvisioningException(ErrorCode.ImageNotAllowed, $"The board refuses the image: {refused.Reply.Text}", refused);
            run.StartsOver = true; // what it had may have been spoiled: a power cut may leave anything at a file's end
            throw new ProvisioningException(ErrorCode.BoardBusy, $"The board refuses the image that was gone on with: {refused.Reply.Text} It is sent from its beginning.", refused);
        }
    }

    private sealed class SentBytes(UpdateRun run, UpdateRecord record, long length) : IProgress<long>
    {
        public void Report(long value)
        {
            run.HasAdvanced = true;
            run.StartsOver = false; // from here on the board has only what this sends
            run.Show(record, null, (int)(value * 100 / length));
            KillPoint.Reached(FirmwareUpdateKillPoints.DuringSending);
        }
    }
}

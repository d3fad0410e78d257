using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Hosting;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.Printing;

/// <summary>The line's printer: a folder that somebody prints from, or a printer on the network that takes PDF on its raw port.</summary>
internal sealed class CheckSheetPrinter(PrinterOptions options, DataDirectory data)
{
    private const UnixFileMode Readable = DataDirectory.OwnerOnlyFile | UnixFileMode.GroupRead; // the print service is another user

    /// <summary>Hands <paramref name="document"/> over.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PrinterUnavailable"/>.</exception>
    public async Task PrintAsync(string name, byte[] document, CancellationToken cancellationToken)
    {
        if (options.Address is not null)
            await SendAsync(NetworkAddress.Parse(options.Address), document, cancellationToken);
        else
            Drop(data.Resolve(options.Folder!), name, document);
    }

    private static void Drop(string folder, string name, byte[] document)
    {
        try
        {
            DurableFile.Write(Path.Combine(folder, name), document, Readable);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ProvisioningException(ErrorCode.PrinterUnavailable, $"The printer's folder {folder} takes no file: {cause.Message} Check that it is there and may be written to, and Printer:Folder.", cause);
        }
    }

    private async Task SendAsync(NetworkAddress printer, byte[] document, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            limit.CancelAfter(options.ConnectTimeout);
            EndPoint target = IPAddress.TryParse(printer.Host, out var address) ? new IPEndPoint(address, printer.Port) : new DnsEndPoint(printer.Host, printer.Port);
            await socket.ConnectAsync(target, limit.Token);
            limit.CancelAfter(options.Timeout);
            for (var sent = 0; sent < document.Length;)
                sent += await socket.SendAsync(document.AsMemory(sent), limit.Token);
            socket.Shutdown(SocketShutdown.Send);
            await WaitForEndAsync(socket, limit.Token);
        }
        catch (OperationCanceledException cause) when (!cancellationToken.IsCancellationRequested)
        {
            throw Away(printer, "it does not take the sheet in time", cause);
        }
        catch (SocketException cause)
        {
            throw Away(printer, cause.Message, cause);
        }
    }

    /// <summary>A printer closes its side when it has taken everything; what it says before, its status, is of no interest. Without that, nobody knows whether it took the sheet.</summary>
    private static async Task WaitForEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        var status = new byte[1024];
        while (await socket.ReceiveAsync(status, cancellationToken) > 0)
        {
            // Its status, such as "ready".
        }
    }

    private static ProvisioningException Away(NetworkAddress printer, string why, Exception cause) =>
        new(ErrorCode.PrinterUnavailable, $"The printer at {printer} can't be used: {why}. Check its power, its paper, its cable and Printer:Address.", cause);
}

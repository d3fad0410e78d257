using System.Net.Sockets;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>The secret's path: one call to a board over mutual TLS, and the connection closes behind it (U-3).</summary>
internal sealed class BoardTls(TlsIdentity identity, TimeSpan timeout)
{
    /// <summary>Calls <paramref name="device"/>, which has to prove its machine number where it has one: another unit's board is never told anything.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardUnavailable"/>, <see cref="ErrorCode.ForeignBoard"/>, and the board's own faults.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(UpdateDevice device, TRequest request, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        var wanted = device.Number is { } number ? $"board {number}" : "a board";
        using var handler = identity.CreateHandler(peer => IsWanted(device, peer), wanted, ErrorCode.ForeignBoard);
        device.Ftp.Port.Bind(handler);
        handler.ConnectTimeout = timeout;
        using var http = new HttpClient(handler) { BaseAddress = device.Address, Timeout = timeout };
        try
        {
            return await new SoapClient(http, ErrorCode.BoardUnavailable).CallAsync<TRequest, TResponse>(request, cancellationToken);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested && cause is IOException or SocketException)
        {
            throw new ProvisioningException(ErrorCode.BoardUnavailable, $"{wanted} at {device.Address} can't be reached: {Printable.Shorten(cause.Message, 200)}", cause);
        }
    }

    private static bool IsWanted(UpdateDevice device, PeerIdentity peer) =>
        (peer.Role == Role.Device && peer.Name == device.Key) || (peer.Role == Role.Board && device.Number is null);
}

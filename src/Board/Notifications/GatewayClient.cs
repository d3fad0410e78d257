using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Board.Notifications;

/// <summary>
/// The board's way to its gateway: mutual TLS with the certificate that the board presents to everybody, and only to a peer that is a gateway. What it tells is told again, ever more seldom,
/// until it was heard or the time is up: nothing that the board has to do waits for that.
/// </summary>
internal sealed partial class GatewayClient(GatewayOptions options, BoardContent content, TimeProvider time, ILogger<GatewayClient> logger)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Whether there is one to be told.</summary>
    public bool IsKnown => options.Address.Length > 0;

    /// <summary>Passes a board that knows a gateway.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotSupported"/>.</exception>
    public void RequireKnown()
    {
        if (!IsKnown)
            throw new ProvisioningException(ErrorCode.NotSupported, "This board knows no gateway. Say where it is (Gateway:Address), or let the updating side make the passwords.");
    }

    /// <summary>Tells the gateway something until it has heard it.</summary>
    /// <param name="request">What.</param>
    /// <param name="gateway">The name that its certificate must have; null where any gateway will do.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    /// <returns>False where it was refused, or the time was up; the log says why.</returns>
    public async Task<bool> TellAsync<TRequest, TResponse>(TRequest request, string? gateway, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await CallAsync<TRequest, TResponse>(request, gateway, cancellationToken);
                LogHeard(logger, TRequest.Schema.Name);
                return true;
            }
            catch (ProvisioningException cause)
            {
                var rest = options.TryFor - time.GetElapsedTime(began);
                if (ErrorTranslation.IsByCaller(cause.Code) || rest <= TimeSpan.Zero)
                {
                    LogGivenUp(logger, TRequest.Schema.Name, cause.Message);
                    return false;
                }

                LogTriedAgain(logger, TRequest.Schema.Name, cause.Message);
                var spread = pause * (0.75 + (Random.Shared.NextDouble() / 2)); // a site whose power comes back has many boards
                await Task.Delay(spread < rest ? spread : rest, time, cancellationToken);
            }
        }
    }

    private async Task CallAsync<TRequest, TResponse>(TRequest request, string? gateway, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        if ((content.Own ?? content.Common)?.Identity is not { } identity)
            throw new ProvisioningException(ErrorCode.NotAuthorized, "This board has no certificate yet that it could present to a gateway.");
        var handler = identity.CreateHandler(
            peer => peer.Role == Role.Gateway && (gateway is null || peer.Name == gateway),
            gateway is null ? "a gateway" : $"gateway {gateway}");
        content.ApplyClock(handler.SslOptions.CertificateChainPolicy!);
        using var http = new HttpClient(handler) { BaseAddress = new Uri(options.Address), Timeout = CallLimit };
        await new SoapClient(http, ErrorCode.GatewayUnavailable).CallAsync<TRequest, TResponse>(request, cancellationToken);
    }

    [LoggerMessage(440, LogLevel.Information, "The gateway did not hear {Message} yet: {Reason}")]
    private static partial void LogTriedAgain(ILogger logger, string message, string reason);

    [LoggerMessage(445, LogLevel.Debug, "The gateway has heard {Message}")]
    private static partial void LogHeard(ILogger logger, string message);

    [LoggerMessage(441, LogLevel.Warning, "The gateway is not told {Message}: {Reason}")]
    private static partial void LogGivenUp(ILogger logger, string message, string reason);
}

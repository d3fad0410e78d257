using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.LineStation.Terminal;

/// <summary>
/// The station's calls to the terminal over connections that stay open. Every one of them may be repeated, so a connection that broke (the terminal was
/// restarted) is tried once more before the worker is told.
/// </summary>
internal sealed class TerminalClient : IDisposable
{
    private const string Condition = "terminal";

    private readonly HttpClient _http;
    private readonly SoapClient _soap;
    private readonly HealthState _health;
    private readonly TimeProvider _time;

    public TerminalClient(TerminalOptions options, TlsIdentity identity, HealthState health, TimeProvider time)
    {
        _health = health;
        _time = time;
        var handler = identity.CreateHandler(peer => peer.Role == Role.CommunicationTerminal, "the communication terminal");
        handler.ConnectTimeout = options.ConnectTimeout;
        _http = new HttpClient(handler) { BaseAddress = options.Address, Timeout = options.Timeout };
        _soap = new SoapClient(_http, ErrorCode.TerminalUnavailable);
    }

    /// <summary>Calls <paramref name="call"/>.</summary>
    /// <exception cref="ProvisioningException">The terminal's own refusal, or <see cref="ErrorCode.TerminalUnavailable"/>.</exception>
    public Task<TResponse> CallAsync<TRequest, TResponse>(StationCall call, TRequest request, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse> => CallAsync<TRequest, TResponse>(call, request, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>As above, for a worker who waits: the answer has to come within <paramref name="limit"/> where that is shorter than <see cref="TerminalOptions.Timeout"/>.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(StationCall call, TRequest request, TimeSpan limit, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        KillPoint.Reached(LineStationKillPoints.BeforeCall(call));
        var response = await NoteAsync(CallWithinAsync<TRequest, TResponse>(request, limit, cancellationToken));
        KillPoint.Reached(LineStationKillPoints.AfterCall(call));
        return response;
    }

    // Whatever the terminal answers, it is there.
    private async Task<TResponse> NoteAsync<TResponse>(Task<TResponse> call)
    {
        try
        {
            var response = await call;
            _health.Clear(Condition);
            return response;
        }
        catch (ProvisioningException refused)
        {
            if (refused.Code == ErrorCode.TerminalUnavailable)
                _health.Report(Condition, refused.Message);
            else
                _health.Clear(Condition);
            throw;
        }
    }

    /// <summary>Waits for a number that is typed at the terminal. It is no step of a unit: whether the terminal is there shows where it is needed.</summary>
    public Task<AwaitTypedScanResponse> AwaitTypedScanAsync(AwaitTypedScanRequest request, CancellationToken cancellationToken) =>
        _soap.CallAsync<AwaitTypedScanRequest, AwaitTypedScanResponse>(request, cancellationToken);

    /// <summary>How far the line is today. It is no step of a unit, but it says whether the terminal is there.</summary>
    /// <exception cref="ProvisioningException">The terminal's own refusal, or <see cref="ErrorCode.TerminalUnavailable"/>.</exception>
    public Task<GetLineProgressResponse> GetLineProgressAsync(CancellationToken cancellationToken) =>
        NoteAsync(CallTwiceAsync<GetLineProgressRequest, GetLineProgressResponse>(new GetLineProgressRequest(), cancellationToken));

    /// <summary>What the terminal knows of a unit. It is no step of the unit's visit.</summary>
    /// <exception cref="ProvisioningException">The terminal's own refusal, or <see cref="ErrorCode.TerminalUnavailable"/>.</exception>
    public Task<GetUnitResponse> GetUnitAsync(MachineNumber number, CancellationToken cancellationToken) =>
        NoteAsync(CallTwiceAsync<GetUnitRequest, GetUnitResponse>(new GetUnitRequest(number), cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<TResponse> CallWithinAsync<TRequest, TResponse>(TRequest request, TimeSpan limit, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        using var timer = new CancellationTokenSource(limit, _time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await CallTwiceAsync<TRequest, TResponse>(request, limited.Token);
        }
        catch (OperationCanceledException silent) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException(ErrorCode.TerminalUnavailable, $"{_http.BaseAddress} can't be reached: no answer in time", silent);
        }
    }

    private async Task<TResponse> CallTwiceAsync<TRequest, TResponse>(TRequest request, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        try
        {
            return await _soap.CallAsync<TRequest, TResponse>(request, cancellationToken);
        }
        catch (ProvisioningException broken) when (broken is { Code: ErrorCode.TerminalUnavailable, InnerException: not OperationCanceledException })
        {
            return await _soap.CallAsync<TRequest, TResponse>(request, cancellationToken);
        }
    }
}

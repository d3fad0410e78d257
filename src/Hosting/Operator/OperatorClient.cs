using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Hosting.Operator;

/// <summary>What an operator's program (launcher, command line) asks of the parts over mutual TLS and JSON. One client per address.</summary>
public sealed class OperatorClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _who;

    /// <summary>A client of the part at <paramref name="address"/>, which must be of <paramref name="role"/>.</summary>
    public OperatorClient(Uri address, TlsIdentity identity, params Role[] role)
        : this(address, identity.CreateHandler(peer => role.Contains(peer.Role), string.Join(" or ", role)), string.Join(" or ", role))
    {
    }

    private OperatorClient(Uri address, SocketsHttpHandler handler, string who)
    {
        _who = who;
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(40) };
    }

    /// <summary>A client for the health of a board that has no certificate yet.</summary>
    public static OperatorClient OfBlankBoard(Uri address) => new(address, TlsIdentity.CreateUnauthenticatedHandler(), "the board");

    /// <summary>The part's health, or null while it can't be reached.</summary>
    public async Task<HealthAnswer?> FindHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync<HealthAnswer>("health", cancellationToken);
        }
        catch (ProvisioningException unreachable) when (unreachable.Code is ErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>A station's events after <paramref name="sequence"/>; waits up to <paramref name="wait"/> for the first one.</summary>
    public Task<IReadOnlyList<StationEvent>> GetEventsAsync(long sequence, TimeSpan wait, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<StationEvent>>(
            string.Create(CultureInfo.InvariantCulture, $"events?after={sequence}&waitSeconds={(int)wait.TotalSeconds}"),
            cancellationToken);

    /// <summary>The sequence number of a station's latest event, 0 where there is none.</summary>
    public async Task<long> FindLastEventAsync(CancellationToken cancellationToken) =>
        (await GetEventsAsync(0, TimeSpan.Zero, cancellationToken)).Select(happened => happened.Sequence).DefaultIfEmpty(0).Max();

    /// <summary>The terminal's units of a state in ascending order, behind <paramref name="after"/>.</summary>
    public Task<IReadOnlyList<UnitSummary>> GetUnitsAsync(UnitState? state, ModelCode? model, string? after, int limit, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"api/units?limit={limit}");
        query += state is null ? string.Empty : $"&state={state}";
        query += model is null ? string.Empty : $"&model={model}";
        query += after is null ? string.Empty : $"&after={Uri.EscapeDataString(after)}";
        return GetAsync<IReadOnlyList<UnitSummary>>(query, cancellationToken);
    }

    /// <summary>The terminal's day.</summary>
    public Task<DaySummary> GetTodayAsync(CancellationToken cancellationToken) => GetAsync<DaySummary>("api/today", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(path, cancellationToken);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync<T>(JsonForm.Options, cancellationToken))!;
            throw await ReadProblemAsync(response, cancellationToken);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested && cause is HttpRequestException or IOException or OperationCanceledException)
        {
            throw new ProvisioningException(ErrorCode.NotFound, $"{_who} at {_http.BaseAddress} can't be reached: {Printable.Shorten(cause.GetBaseException().Message, 200)}", cause);
        }
    }

    private async Task<ProvisioningException> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            var code = Enum.TryParse<ErrorCode>(problem.GetProperty("code").GetString(), out var known) ? known : ErrorCode.Internal;
            return new ProvisioningException(code, problem.GetProperty("detail").GetString() ?? $"{_who} answered {(int)response.StatusCode}.");
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new ProvisioningException(ErrorCode.Internal, $"{_who} answered {(int)response.StatusCode} {response.ReasonPhrase}.", cause);
        }
    }
}

using System.Globalization;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Hosting.Operator;

/// <summary>What an operator's program (launcher, command line) asks of the parts over mutual TLS and JSON. One client per address.</summary>
public sealed class OperatorClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly PartClient _part;

    /// <summary>A client of the part at <paramref name="address"/>, which must be of <paramref name="role"/>.</summary>
    public OperatorClient(Uri address, TlsIdentity identity, params Role[] role)
        : this(new PartClient(address, identity, Patience, role))
    {
    }

    /// <summary>A client of what answers at <paramref name="address"/> behind one network port.</summary>
    public OperatorClient(Uri address, TlsIdentity identity, NetworkPort port, params Role[] role)
        : this(new PartClient(address, identity, Patience, port, role))
    {
    }

    private OperatorClient(PartClient part) => _part = part;

    /// <summary>A client for the health of a board that has no certificate yet, behind one network port.</summary>
    public static OperatorClient OfBlankBoard(Uri address, NetworkPort port) => new(PartClient.OfBlankBoard(address, Patience, port));

    /// <summary>The part's health, or null while it can't be reached.</summary>
    public async Task<HealthAnswer?> FindHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _part.GetAsync<HealthAnswer>("health", cancellationToken);
        }
        catch (ProvisioningException unreachable) when (unreachable.Code is ErrorCode.Unreachable)
        {
            return null;
        }
    }

    /// <summary>A station's events after <paramref name="sequence"/>; waits up to <paramref name="wait"/> for the first one.</summary>
    public Task<IReadOnlyList<StationEvent>> GetEventsAsync(long sequence, TimeSpan wait, CancellationToken cancellationToken) =>
        _part.GetAsync<IReadOnlyList<StationEvent>>(
            string.Create(CultureInfo.InvariantCulture, $"events?after={sequence}&waitSeconds={(int)wait.TotalSeconds}"),
            cancellationToken);

    /// <summary>The sequence number of a station's latest event, 0 where there is none.</summary>
    public async Task<long> FindLastEventAsync(CancellationToken cancellationToken) =>
        (await GetEventsAsync(0, TimeSpan.Zero, cancellationToken)).Select(happened => happened.Sequence).DefaultIfEmpty(0).Max();

    /// <summary>The terminal's units of a state in ascending order, behind <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<UnitSummary>> GetUnitsAsync(UnitState? state, ModelCode? model, string? after, int limit, CancellationToken cancellationToken)
    {
        var path = ApiPath.Of("api/units").With("limit", limit).With("state", state).With("model", model).With("after", after);
        return await _part.GetPagesAsync<UnitSummary>(path, cancellationToken).Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>The terminal's day.</summary>
    public Task<DaySummary> GetTodayAsync(CancellationToken cancellationToken) => _part.GetAsync<DaySummary>("api/today", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _part.Dispose();
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Api;

/// <summary><c>GET /events?after=SEQUENCE&amp;waitSeconds=20</c>: what happens at the line, for the launcher's table and the command line.</summary>
internal static class EventsEndpoint
{
    private const int LongestWait = 30;

    /// <summary>Maps it for operators and for this very line.</summary>
    public static void MapEvents(this IEndpointRouteBuilder app, LineOptions line) => app.MapGet(
        "/events",
        async (HttpContext context, LineJournal journal, IHostApplicationLifetime lifetime, long after = 0, int waitSeconds = 0) =>
        {
            var peer = context.GetPeer();
            if (peer.Role != Role.Operator && !(peer.Role == Role.LineStation && peer.Name == line.Name))
                throw new ProvisioningException(ErrorCode.NotAuthorized, $"{peer} may not watch line {line.Name}. Allowed: Operator, and the line itself.");
            var wait = TimeSpan.FromSeconds(Math.Clamp(waitSeconds, 0, LongestWait));
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping); // a watcher never holds up the stop
            IReadOnlyList<StationEvent> events = await journal.GetAfterAsync(after, wait, ends.Token);
            return TypedResults.Json(events);
        });
}

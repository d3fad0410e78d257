using Microsoft.AspNetCore.Http.Features;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;
using ProvisioningStation.Hosting.Pages;

namespace ProvisioningStation.CommunicationTerminal.Today.Live;

/// <summary>
/// <c>GET /live?of=</c>: server-sent events (WHATWG HTML, 9.2) that show one fragment. Each <c>show</c> is the whole of it, so nothing is lost when a browser comes back after a restart. The
/// stream keeps nobody's session from being locked; it says <c>end</c> and ends when the session is locked, over, or has another role.
/// </summary>
internal sealed class LiveEndpoint(LiveFeed feed, ManagerSessions sessions, IHostApplicationLifetime program, TimeProvider time)
{
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);
    private static readonly byte[] Retry = "retry: 2000\n\n"u8.ToArray();
    private static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();
    private static readonly byte[] End = "event: end\ndata:\n\n"u8.ToArray();
    private static readonly byte[] Full = "event: full\ndata:\n\n"u8.ToArray();

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder managers) =>
        managers.MapGet("/live", static (string of, HttpContext context, LiveEndpoint endpoint) => endpoint.ServeAsync(of, context)).WithMetadata(new NotAnActivity());

    private async Task ServeAsync(string of, HttpContext context)
    {
        if (feed.Find(of) is not { } view)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, program.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            using var watch = await feed.WatchAsync(view, stop.Token);
            if (watch is null)
                await SendAsync(context, Full, stop.Token);
            else
                await StreamAsync(view, context, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The browser has gone, or the program ends.
        }
    }

    private async Task StreamAsync(LiveView view, HttpContext context, CancellationToken cancellationToken)
    {
        await SendAsync(context, Retry, cancellationToken);
        var (role, token) = (ManagerIdentity.Of(context).Role, SessionAuthentication.TokenOf(context)!);
        byte[]? sent = null;
        var sentAt = time.GetTimestamp();
        while (true)
        {
            var pulse = feed.Pulse; // before the look: what comes behind it wakes this stream again
            if (await sessions.FindAsync(token, isActivity: false, cancellationToken) is not { IsLocked: false, Who: { MustChangePassword: false } who } || who.Role != role)
            {
                await SendAsync(context, End, cancellationToken);
                return;
            }

            var content = view.Event;
            if (!ReferenceEquals(content, sent) || time.GetElapsedTime(sentAt) >= HeartbeatEvery)
            {
                await SendAsync(context, ReferenceEquals(content, sent) ? Heartbeat : content, cancellationToken);
                (sent, sentAt) = (content, time.GetTimestamp());
            }

            await pulse.WaitAsync(cancellationToken);
        }
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await context.Response.BodyWriter.WriteAsync(bytes, cancellationToken);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }
}

using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary><c>GET /live</c>: server-sent events. Each <c>show</c> is the whole screen; at least one event a second says that the station is there.</summary>
internal sealed class KioskStream(KioskFeed feed, KioskGuard guard, IHostApplicationLifetime program)
{
    private const int MostWatchers = 16;

    private static readonly byte[] Beat = "event: beat\ndata:\n\n"u8.ToArray();
    private int _watchers;

    /// <summary>Serves one browser until it goes or the program ends.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, program.ApplicationStopping);
        if (Interlocked.Increment(ref _watchers) > MostWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await SendAsync(context, Encoding.ASCII.GetBytes($"event: hello\ndata: {guard.Key}\n\n"), stop.Token);
            byte[]? sent = null;
            while (true)
            {
                var pulse = feed.Pulse; // before the look: what comes behind it wakes this stream again
                var content = feed.View.Event;
                await SendAsync(context, ReferenceEquals(content, sent) ? Beat : content, stop.Token);
                sent = content;
                await pulse.WaitAsync(stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The browser has gone, or the program ends.
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await context.Response.BodyWriter.WriteAsync(bytes, cancellationToken);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }
}

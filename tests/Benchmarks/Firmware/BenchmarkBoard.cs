using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Board;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Ftp;

namespace ProvisioningStation.Benchmarks.Firmware;

/// <summary>
/// The real board, which has besides what no board has: images over TLS (<c>PUT /firmware.img</c>), taken by the same inbox that FTP hands them to; and both transports without an inbox behind them
/// (<c>PUT /nowhere</c>; <c>POST /nowhere</c> opens a data connection and answers its port).
/// </summary>
internal static class BenchmarkBoard
{
    /// <summary>The argument that makes this program one.</summary>
    public const string Command = "firmware-board";

    private const int BufferSize = 256 * 1024;

    public static WebApplication Build(string[] args)
    {
        var app = BoardApp.Build(args);
        var inbox = app.Services.GetRequiredService<FirmwareInbox>();
        app.MapPut("/firmware.img", async context =>
        {
            LiftLimits(context);
            context.Response.StatusCode = await inbox.ReceiveAsync(ImagePlace.Firmware, 0, context.Request.Body, context.RequestAborted) ? StatusCodes.Status204NoContent : StatusCodes.Status400BadRequest;
        });
        app.MapPut("/nowhere", async context =>
        {
            LiftLimits(context);
            await DrainAsync(context.Request.Body);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        app.MapPost("/nowhere", context =>
        {
            var port = DataPort.Open(IPAddress.Loopback, (0, 0), IPAddress.Loopback)!;
            _ = TakeAsync(port);
            return context.Response.WriteAsync(port.Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        });
        return app;
    }

    private static async Task TakeAsync(DataPort port)
    {
        using (port)
        {
            using var socket = await port.TakeAsync(CancellationToken.None);
            await using var data = new DataStream(socket, TimeSpan.FromMinutes(1), long.MaxValue, TimeProvider.System);
            await DrainAsync(data);
            socket.Shutdown(SocketShutdown.Send); // tells the sender that all is here
        }
    }

    private static async Task DrainAsync(Stream data)
    {
        var buffer = new byte[BufferSize];
        while (await data.ReadAsync(buffer) > 0)
        {
            // Only the way here is measured.
        }
    }

    private static void LiftLimits(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        context.Features.GetRequiredFeature<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>().MinDataRate = null;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Audit;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>
/// What holds for every call below <c>/api</c>: its caller has one of the endpoint's roles (an endpoint without roles answers nobody), a refusal is on record, a read is on record before its
/// answer leaves, and what does not exist is said as a problem document too. A change records itself in its own transaction; a call that could change something and did not is on record like a read.
/// </summary>
internal sealed partial class ApiCalls(AuditGathering audit, Refusals refusals, IdempotentAnswers answers, SigningGate gate, ILogger<ApiCalls> logger)
{
    private const int MaxSubjectLength = 120;

    private static readonly object Recorded = new();

    public static PathString Root { get; } = "/api";

    /// <summary>Puts the calls of <see cref="Root"/> through this, in whatever case they are written, because routing takes any; behind the problem documents.</summary>
    public static void Use(WebApplication app)
    {
        var calls = app.Services.GetRequiredService<ApiCalls>();
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase), branch => branch.Use(calls.CallAsync));
    }

    /// <summary>Records a read, and what has not recorded itself, when its answer is ready and before it is written.</summary>
    public async ValueTask<object?> RecordReadAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var hasRecorded = AuditTrail.Watch();
        var result = await next(context);
        if (!hasRecorded.Value)
            await RecordReadAsync(context.HttpContext);
        return result;
    }

    private static bool IsRead(HttpContext context) => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    /// <summary>An endpoint that writes by itself, or an answer that was given before.</summary>
    private static bool IsUnrecorded(HttpContext context) =>
        !context.Items.ContainsKey(Recorded) && (IsRead(context) || context.Response.Headers.ContainsKey(IdempotentAnswers.ReplayedHeader));

    private async Task CallAsync(HttpContext context, RequestDelegate next)
    {
        var peer = context.GetPeer();
        var endpoint = context.GetEndpoint();
        try
        {
            if (endpoint is null)
                throw new ProvisioningException(ErrorCode.NotFound, $"There is no {Printable.Shorten(context.Request.Path, 100)} here. {Root}/reference lists what there is.");
            if (endpoint is not RouteEndpoint)
            {
                await next(context); // routing's own answer: the method or the media type
                throw new ProvisioningException(ErrorCode.NotSupported, $"{context.Request.Path} does not take {context.Request.Method} in this form. {Root}/reference says what it takes.");
            }

            (endpoint.Metadata.GetMetadata<AllowedRoles>() ?? new AllowedRoles([])).Require(peer);
            context.Response.OnStarting(() => IsUnrecorded(context) ? RecordReadAsync(context) : Task.CompletedTask);
            if (HttpMethods.IsPost(context.Request.Method) && context.Request.Headers.TryGetValue(IdempotentAnswers.Header, out var key))
                await answers.AnswerAsync(context, peer.ToString(), key.ToString(), next);
            else
                await next(context);
        }
        catch (Exception cause) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var known = ErrorTranslation.Translate(cause, logger);
            context.Items[Recorded] = true;
            await refusals.RecordAsync(peer, ActionOf(endpoint), SubjectOf(context), known);
            await ErrorTranslation.WriteProblemAsync(context, known, known.Code == ErrorCode.NotSupported && context.Response.StatusCode >= StatusCodes.Status400BadRequest ? context.Response.StatusCode : null);
        }
    }

    private async Task RecordReadAsync(HttpContext context)
    {
        context.Items[Recorded] = true;
        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            return;
        try
        {
            await audit.AppendAsync(context.GetPeer().ToString(), ActionOf(context.GetEndpoint()), SubjectOf(context), AuditEvent.Done, string.Empty);
        }
        catch (Exception unrecorded) when (gate.Reason is not null) // the trail itself may be what is broken, and whoever has to decide has to see it
        {
            LogUnrecorded(logger, SubjectOf(context), unrecorded);
        }
    }

    private static string ActionOf(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "UnknownCall";

    private static string SubjectOf(HttpContext context) => Printable.Shorten($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}", MaxSubjectLength - 1);

    [LoggerMessage(241, LogLevel.Error, "{Call} could not be recorded in the audit trail")]
    private static partial void LogUnrecorded(ILogger logger, string call, Exception cause);
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting;

/// <summary>The one place that turns what went wrong into what a caller sees. Unknown errors become <see cref="ErrorCode.Internal"/> with an id; the detail stays in the log.</summary>
public static partial class ErrorTranslation
{
    /// <summary>Whether the caller can mend it (SOAP <c>Client</c>, HTTP 4xx) or not (<c>Server</c>, 5xx).</summary>
    public static bool IsByCaller(ErrorCode code) => code is not (ErrorCode.Internal or ErrorCode.CaUnavailable or ErrorCode.TerminalUnavailable
        or ErrorCode.BoardUnavailable or ErrorCode.PlanUnavailable or ErrorCode.BoardBusy or ErrorCode.WriteFailed
        or ErrorCode.SigningStopped or ErrorCode.StorageFull or ErrorCode.Unreachable or ErrorCode.PrinterUnavailable or ErrorCode.ProfileViolation
        or ErrorCode.UpdateFailed or ErrorCode.GatewayUnavailable);

    /// <summary>The known form of any exception; unknown ones are logged under a new id.</summary>
    public static ProvisioningException Translate(Exception cause, ILogger logger)
    {
        switch (cause)
        {
            case ProvisioningException known:
                return known;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new ProvisioningException(ErrorCode.RequestTooLarge, "The request is larger than this service takes.", cause);
            case BadHttpRequestException { InnerException: JsonException json }:
                return new ProvisioningException(ErrorCode.MalformedRequest, "The body is not the JSON that is expected here: " + Printable.Shorten(json.Message, 300), cause);
            case BadHttpRequestException:
                return new ProvisioningException(ErrorCode.MalformedRequest, "The request could not be read: " + Printable.Shorten(cause.Message, 200), cause);
            case var full when Storage.StorageErrors.IsFull(full):
                return Storage.StorageErrors.Full(cause);
            default:
                var id = Guid.NewGuid().ToString("N")[..12];
                LogInternal(logger, id, cause);
                return new ProvisioningException(ErrorCode.Internal, $"Something went wrong inside this program. Its log has the detail under {id}.", cause);
        }
    }

    /// <summary>Answers errors of the REST endpoints as problem documents (RFC 9457) with our code in <c>code</c>.</summary>
    public static void UseProblemDocuments(this WebApplication app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (Exception cause) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var known = Translate(cause, context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ErrorTranslation).FullName!));
            await WriteProblemAsync(context, known);
        }
    });

    /// <summary>Lets only peers of these roles through; others get 403 with the reason. The roles are metadata of the endpoint too: <see cref="AllowedRoles"/>.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder endpoint, params Role[] roles)
        where TBuilder : IEndpointConventionBuilder
    {
        var allowed = new AllowedRoles(roles);
        endpoint.WithMetadata(allowed);
        return endpoint.AddEndpointFilter((context, next) =>
        {
            allowed.Require(context.HttpContext.GetPeer());
            return next(context);
        });
    }

    /// <summary>Answers with the problem document of <paramref name="error"/>; <paramref name="status"/> where HTTP itself says which.</summary>
    public static Task WriteProblemAsync(HttpContext context, ProvisioningException error, int? status = null) => Results.Problem(
        detail: error.Message,
        statusCode: status ?? StatusOf(error.Code),
        title: error.Code.ToString(),
        extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = error.Code.ToString() }).ExecuteAsync(context);

    /// <summary>The HTTP status of a code.</summary>
    public static int StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.NotAuthorized or ErrorCode.Revoked => StatusCodes.Status403Forbidden,
        ErrorCode.NotFound or ErrorCode.NotInStore or ErrorCode.UnknownRequest => StatusCodes.Status404NotFound,
        ErrorCode.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        ErrorCode.StorageFull => StatusCodes.Status507InsufficientStorage,
        ErrorCode.RequestIdReused => StatusCodes.Status422UnprocessableEntity,
        ErrorCode.Conflict or ErrorCode.AlreadyIssued or ErrorCode.AlreadyWritten => StatusCodes.Status409Conflict,
        ErrorCode.RequestTooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCode.Internal or ErrorCode.ProfileViolation => StatusCodes.Status500InternalServerError,
        _ => IsByCaller(code) ? StatusCodes.Status400BadRequest : StatusCodes.Status503ServiceUnavailable,
    };

    [LoggerMessage(120, LogLevel.Error, "Internal error {Id}")]
    private static partial void LogInternal(ILogger logger, string id, Exception cause);
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Hosting.Soap;

/// <summary>
/// The server side of SOAP: <c>POST /soap</c> and <c>GET /soap?wsdl</c>. Reads a request within its size limit, authorises the peer by its role, hands over to the
/// operation's handler and writes the answer; every failure is a SOAP fault with HTTP 500 (SOAP 1.1, 6.2), never a stack trace.
/// </summary>
public sealed partial class SoapEndpoint
{
    private const int StreamedBufferSize = 128 * 1024;

    private readonly string _service;
    private readonly Dictionary<string, Handled> _operations = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private readonly int _maxRequestBytes;
    private readonly Func<PeerIdentity, ProvisioningException, Task>? _recordRefusal;

    internal SoapEndpoint(string service, int maxRequestBytes, ILogger logger, Func<PeerIdentity, ProvisioningException, Task>? recordRefusal)
    {
        _service = service;
        _maxRequestBytes = maxRequestBytes;
        _logger = logger;
        _recordRefusal = recordRefusal;
    }

    private delegate Task<ISoapMessage> Invoke(PeerIdentity peer, CancellationToken cancellationToken);

    /// <summary>Adds an operation, handled by <paramref name="handleAsync"/>, for callers of <paramref name="roles"/>.</summary>
    public void Operation<TRequest, TResponse>(Func<TRequest, PeerIdentity, CancellationToken, Task<TResponse>> handleAsync, params Role[] roles)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        var operation = SoapOperation.Of<TRequest, TResponse>();
        _operations.Add(operation.Name, new Handled(operation, roles, reader =>
        {
            var request = TRequest.Read(reader);
            return async (peer, cancellationToken) => await handleAsync(request, peer, cancellationToken);
        }));
    }

    internal IResult Describe(HttpContext context)
    {
        if (!context.Request.Query.ContainsKey("wsdl"))
            return Results.Text($"This is {_service}. Its description: GET /soap?wsdl; calls: POST /soap.\n");
        var address = new Uri($"https://{context.Request.Host}/soap");
        return Results.Text(Wsdl.Write(_service, _operations.Values.Select(operation => operation.Description), address), "text/xml");
    }

    internal async Task AnswerAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        try
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = _maxRequestBytes;
            var (operation, invoke) = Parse(await ReadBodyAsync(context.Request, cancellationToken));
            var peer = context.GetPeer();
            LogCalled(_logger, peer, operation.Description.Name);
            if (!operation.Roles.Contains(peer.Role))
                throw new ProvisioningException(ErrorCode.NotAuthorized, $"{peer} may not call {operation.Description.Name}. Allowed: {string.Join(", ", operation.Roles)}.");
            var response = await invoke(peer, cancellationToken);
            context.Response.ContentType = SoapEnvelope.ContentType;
            if (response is IStreamedSoapMessage streamed)
                await StreamAsync(operation.Description.Response.Name, streamed, context.Response, cancellationToken);
            else
                await SendOnceAsync(operation.Description.Response.Name, response, context.Response, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The caller has gone; it asks again by the same id.
        }
        catch (Exception cause)
        {
            var known = ErrorTranslation.Translate(cause, _logger);
            LogRefused(_logger, context.GetPeer(), known.Code, known.Message);
            if (_recordRefusal is not null)
                await _recordRefusal(context.GetPeer(), known);
            if (context.Response.HasStarted)
            {
                context.Abort(); // a half-sent answer must not look whole
                return;
            }

            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            context.Response.ContentType = SoapEnvelope.ContentType;
            await SendAsync(context.Response, SoapEnvelope.FaultToBytes(known.Code, known.Message, ErrorTranslation.IsByCaller(known.Code)), cancellationToken);
        }
    }

    private async Task<MemoryStream> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > _maxRequestBytes) // before a caller that waits for 100 Continue is told to go on
            throw new ProvisioningException(ErrorCode.RequestTooLarge, $"The request is larger than the {_maxRequestBytes} bytes that this service takes.");
        if (request.ContentType?.StartsWith("text/xml", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ProvisioningException(
                ErrorCode.MalformedRequest,
                $"The content type is '{Printable.Shorten(request.ContentType)}'. SOAP 1.1 is sent as text/xml; charset=utf-8.");
        }

        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        body.Position = 0;
        return body;
    }

    private static async Task SendOnceAsync(string name, ISoapMessage message, HttpResponse response, CancellationToken cancellationToken)
    {
        var envelope = SoapEnvelope.ToBytes(name, message);
        try
        {
            await SendAsync(response, envelope, cancellationToken);
        }
        finally
        {
            if (message is IKeyBearingMessage bearing)
            {
                bearing.ClearKeys();
                CryptographicOperations.ZeroMemory(envelope);
            }
        }
    }

    private static Task SendAsync(HttpResponse response, byte[] envelope, CancellationToken cancellationToken)
    {
        response.ContentLength = envelope.Length;
        return response.Body.WriteAsync(envelope, cancellationToken).AsTask();
    }

    private static async Task StreamAsync(string name, IStreamedSoapMessage message, HttpResponse response, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream(StreamedBufferSize);
        using var writer = SoapEnvelope.CreateWriter(buffer);
        SoapEnvelope.WriteStart(writer, name);
        await message.WriteAsync(writer, FlushAsync, cancellationToken);
        SoapEnvelope.WriteEnd(writer);
        await FlushAsync();
        return;

        async Task FlushAsync()
        {
            writer.Flush();
            await response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
            buffer.GetBuffer().AsSpan(0, (int)buffer.Length).Clear(); // it held private keys
            buffer.SetLength(0);
        }
    }

    private (Handled Operation, Invoke Invoke) Parse(MemoryStream body) => SoapEnvelope.Read(body, _maxRequestBytes, (name, reader) =>
    {
        if (!_operations.TryGetValue(name, out var operation))
        {
            throw new ProvisioningException(
                ErrorCode.NotSupported,
                $"{_service} has no operation '{Printable.Shorten(name)}'. It has: {string.Join(", ", _operations.Keys.Order(StringComparer.Ordinal))}.");
        }

        return (operation, operation.Read(reader));
    });

    [LoggerMessage(130, LogLevel.Warning, "Answered {Peer} with {Code}: {Reason}")]
    private static partial void LogRefused(ILogger logger, PeerIdentity peer, ErrorCode code, string reason);

    /// <summary>When it comes, before it is done: what it causes at other programs stands behind it where logs are merged by their time.</summary>
    [LoggerMessage(131, LogLevel.Debug, "{Peer} calls {Operation}")]
    private static partial void LogCalled(ILogger logger, PeerIdentity peer, string operation);

    private sealed record Handled(SoapOperation Description, IReadOnlyList<Role> Roles, Func<SoapReader, Invoke> Read);
}

/// <summary>Maps a SOAP service.</summary>
public static class SoapEndpointMapping
{
    /// <summary>Maps <c>/soap</c>. A request may be at most <paramref name="maxRequestBytes"/> long; <paramref name="recordRefusal"/> is told every refusal before it is answered.</summary>
    public static void MapSoap(this WebApplication app, string service, Action<SoapEndpoint> addOperations, int maxRequestBytes = 64 * 1024, Func<PeerIdentity, ProvisioningException, Task>? recordRefusal = null)
    {
        var endpoint = new SoapEndpoint(service, maxRequestBytes, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<SoapEndpoint>(), recordRefusal);
        addOperations(endpoint);
        app.MapPost("/soap", endpoint.AnswerAsync);
        app.MapGet("/soap", endpoint.Describe);
    }
}

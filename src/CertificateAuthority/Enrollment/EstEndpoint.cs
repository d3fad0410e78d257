using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Audit;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>
/// Enrollment over Secure Transport (RFC 7030) as HTTP: bodies are base64 of DER, a refusal is a sentence in text/plain. Every caller has shown a certificate in the handshake.
/// </summary>
internal sealed partial class EstEndpoint(Enroller enroller, EstDocuments documents, Refusals refusals, ILogger<EstEndpoint> logger)
{
    private const string Base = "/.well-known/est";
    private const string Certificates = "application/pkcs7-mime";
    private const string RequestType = "application/pkcs10";
    private const string RetryAfterSeconds = "300";

    /// <summary>A request in base64 with its line breaks.</summary>
    private const int MaxBodyBytes = CertificationRequest.MaxSize * 2;

    /// <summary>Maps the operations that there are, and words for those that there are not.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet(Base + "/cacerts", context => AnswerAsync(context, (_, _) => SendAsync(context, Certificates, documents.CaCertificates)));
        app.MapGet(Base + "/csrattrs", context => AnswerAsync(context, (peer, presented) => SendAsync(context, "application/csrattrs", AttributesFor(peer, presented))));
        app.MapPost(Base + "/simpleenroll", context => AnswerAsync(context, (peer, presented) => EnrollAsync(context, peer, presented, renewal: false)));
        app.MapPost(Base + "/simplereenroll", context => AnswerAsync(context, (peer, presented) => EnrollAsync(context, peer, presented, renewal: true)));
        foreach (var (operation, instead) in new[]
        {
            ("serverkeygen", "A device makes its own key and asks with simplereenroll; keys that this CA makes are ordered by a terminal with IssueCertificates."),
            ("fullcmc", "Ask with simpleenroll or simplereenroll."),
        })
        {
            app.MapPost($"{Base}/{operation}", context => SayAsync(context, StatusCodes.Status501NotImplemented, $"This CA does not offer {operation}. {instead}"));
        }
    }

    private async Task AnswerAsync(HttpContext context, Func<PeerIdentity, X509Certificate2, Task> actAsync)
    {
        var peer = context.GetPeer();
        try
        {
            var presented = context.Connection.ClientCertificate ?? throw new ProvisioningException(ErrorCode.NotAuthorized, "Present a certificate.");
            await actAsync(peer, presented);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; it asks again with the same key.
        }
        catch (BadHttpRequestException slow) when (slow.StatusCode == StatusCodes.Status408RequestTimeout && !context.Response.HasStarted)
        {
            await SayAsync(context, StatusCodes.Status408RequestTimeout, "The request came too slowly.");
        }
        catch (Exception cause) when (!context.Response.HasStarted)
        {
            var known = ErrorTranslation.Translate(cause, logger);
            LogRefused(logger, peer, context.Request.Path, known.Code, known.Message);
            await refusals.RecordAsync(peer, "Est", $"{context.Request.Method} {context.Request.Path}", known);
            var status = ErrorTranslation.StatusOf(known.Code);
            if (status == StatusCodes.Status503ServiceUnavailable)
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await SayAsync(context, status, $"{known.Code}: {known.Message}");
        }
    }

    private async Task EnrollAsync(HttpContext context, PeerIdentity peer, X509Certificate2 presented, bool renewal)
    {
        var request = await ReadAsync(context);
        var certificate = await enroller.EnrollAsync(request, peer, presented, renewal, context.RequestAborted);
        await SendAsync(context, Certificates + "; smime-type=certs-only", EstDocuments.CertificatesOnly([certificate]));
    }

    private byte[] AttributesFor(PeerIdentity peer, X509Certificate2 presented) => peer.Role == Role.Device
        ? documents.RequestAttributes(enroller.RequireValid(presented).MachineNumber.Model)
        : throw new ProvisioningException(ErrorCode.NotFound, $"What a request should hold depends on the model, and {peer} has none. It stands in the profile of each model.");

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentType?.Split(';')[0].Trim().Equals(RequestType, StringComparison.OrdinalIgnoreCase) != true)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"The content type is '{Printable.Shorten(context.Request.ContentType)}'. Send {RequestType}: the base64 of the request's DER (RFC 7030, 4.2.1).");
        if (context.Request.ContentLength > MaxBodyBytes)
            throw new ProvisioningException(ErrorCode.RequestTooLarge, $"The request is larger than the {MaxBodyBytes} bytes that this service takes.");
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBodyBytes;
        using var reader = new StreamReader(context.Request.Body, System.Text.Encoding.Latin1);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException cause)
        {
            throw new ProvisioningException(ErrorCode.MalformedRequest, "The body is not base64. Send the base64 of the request's DER and nothing else, without the lines that PEM puts around it.", cause);
        }
    }

    private static Task SendAsync(HttpContext context, string contentType, byte[] content)
    {
        context.Response.ContentType = contentType;
        context.Response.Headers["Content-Transfer-Encoding"] = "base64";
        return context.Response.WriteAsync(Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks) + "\r\n", context.RequestAborted);
    }

    private static Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    [LoggerMessage(211, LogLevel.Warning, "Answered {Peer} at {Path} with {Code}: {Reason}")]
    private static partial void LogRefused(ILogger logger, PeerIdentity peer, string path, ErrorCode code, string reason);
}

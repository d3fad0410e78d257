using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>
/// OCSP over HTTP (RFC 6960, appendix A; caching headers of RFC 5019, 6.2): <c>POST /ocsp</c> and <c>GET /ocsp/{base64}</c>. Whatever comes is answered with an OCSP response.
/// </summary>
internal sealed class OcspEndpoints(OcspAnswers answers, TimeProvider time)
{
    private const int MaxRequestBytes = 16 * 1024;
    private const string Path = "/ocsp";
    private const string RequestType = "application/ocsp-request";
    private const string ResponseType = "application/ocsp-response";

    public static void Map(IEndpointRouteBuilder app, OcspEndpoints endpoints)
    {
        app.MapPost(Path, endpoints.PostAsync).ExcludeFromDescription();
        app.MapGet(Path + "/{**request}", endpoints.GetAsync).ExcludeFromDescription();
    }

    private async Task PostAsync(HttpContext context)
    {
        if (context.Request.ContentType is not { } type || !type.StartsWith(RequestType, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            await WriteAsync(context, answers.Malformed());
            return;
        }

        if (await ReadAsync(context) is not { } request)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            await WriteAsync(context, answers.Malformed());
            return;
        }

        await WriteAsync(context, await answers.AnswerAsync(request, context.RequestAborted));
    }

    private async Task GetAsync(HttpContext context)
    {
        var answer = Decode(context) is { } request ? await answers.AnswerAsync(request, context.RequestAborted) : answers.Malformed();
        if (answer.NextUpdate is { } nextUpdate)
            SetCaching(context.Response, answer, nextUpdate);
        if (context.Response.Headers.ETag.Count > 0 && context.Request.Headers.IfNoneMatch == context.Response.Headers.ETag)
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        else
            await WriteAsync(context, answer);
    }

    /// <summary>The base64 of the path, out of the octets of the request line: a slash of base64 may come as it is or as %2F, and routing would not tell.</summary>
    private static byte[]? Decode(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var start = target.IndexOf(Path + "/", StringComparison.Ordinal);
        if (start < 0)
            return null;
        var text = Uri.UnescapeDataString(target[(start + Path.Length + 1)..].Split('?')[0]);
        var request = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, request, out var length) && length <= MaxRequestBytes ? request[..length] : null;
    }

    /// <summary>The body; null where it is larger than any request.</summary>
    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxRequestBytes)
            return null;
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            var isTooLong = read.Buffer.Length > MaxRequestBytes;
            if (read.IsCompleted || isTooLong)
            {
                var request = isTooLong ? null : read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return request;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private void SetCaching(HttpResponse response, OcspAnswer answer, DateTimeOffset nextUpdate)
    {
        var age = Math.Max(0, (long)(nextUpdate - time.GetUtcNow()).TotalSeconds);
        response.Headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"max-age={age}, public, no-transform, must-revalidate");
        response.Headers.LastModified = answer.ThisUpdate.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.Expires = nextUpdate.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(answer.Content))}\"";
    }

    private static Task WriteAsync(HttpContext context, OcspAnswer answer)
    {
        var response = context.Response;
        if (response.Headers.CacheControl.Count == 0)
            response.Headers.CacheControl = "no-store";
        response.ContentType = ResponseType;
        response.ContentLength = answer.Content.Length;
        return response.Body.WriteAsync(answer.Content, context.RequestAborted).AsTask();
    }
}

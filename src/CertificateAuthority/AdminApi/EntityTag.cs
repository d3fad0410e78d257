using System.Collections;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>
/// ETags (RFC 9110, 8.8.3): the digest of what a resource says. Every single resource that is read or put gets one; a change with <c>If-Match</c> calls <see cref="Require"/> with the state that it
/// finds inside its transaction.
/// </summary>
internal static class EntityTag
{
    /// <summary>The tag of a resource.</summary>
    public static string Of(object resource) => $"\"{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(resource, resource.GetType(), JsonForm.Options)).AsSpan(0, 16))}\"";

    /// <summary>Says that the endpoint calls <see cref="Require"/>; only then does its description promise <c>If-Match</c>.</summary>
    public static TBuilder HonoursIfMatch<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(Versioned.Resource);

    /// <summary>Passes where the caller named no version, or this one.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PreconditionFailed"/>.</exception>
    public static void Require(HttpRequest request, object current)
    {
        var wanted = request.GetTypedHeaders().IfMatch;
        if (wanted.Count > 0 && !wanted.Any(tag => tag.Tag == "*" || (!tag.IsWeak && tag.Tag == Of(current))))
            throw new ProvisioningException(ErrorCode.PreconditionFailed, "This has been changed since you read it (If-Match). Read it again and decide anew.");
    }

    /// <summary>Tags the answers of a group; who has the version already (<c>If-None-Match</c>) gets 304 without content.</summary>
    public static async ValueTask<object?> TagAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        var http = context.HttpContext;
        var isRead = HttpMethods.IsGet(http.Request.Method);
        if (!(isRead || HttpMethods.IsPut(http.Request.Method)) || ResourceIn(result) is not { } resource || http.Response.HasStarted)
            return result;
        var tag = Of(resource);
        http.Response.Headers.ETag = tag;
        return isRead && http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == "*" || known.Tag == tag) ? Results.StatusCode(StatusCodes.Status304NotModified) : result;
    }

    /// <summary>The mark of an endpoint that changes a resource with a version.</summary>
    internal sealed class Versioned
    {
        public static Versioned Resource { get; } = new();
    }

    /// <summary>The one resource that a handler returned; null for lists, texts and what is not JSON.</summary>
    private static object? ResourceIn(object? result)
    {
        var value = result is IResult ? (result as IValueHttpResult)?.Value : result;
        return value is null or IEnumerable || value.GetType() is { IsGenericType: true } ? null : value;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Gateway.Images;

/// <summary><c>/api/images</c>: the images that devices can be updated with.</summary>
internal sealed class ImageEndpoints(ImageStore store, UpdateStore updates)
{
    private const int MostOnPage = 500;

    public Page<StoredFirmware> List(string? cursor, int? limit)
    {
        var most = Math.Clamp(limit ?? 100, 1, MostOnPage);
        var behind = store.All.SkipWhile(image => cursor is not null && image.Id != cursor).Skip(cursor is null ? 0 : 1).Take(most + 1).ToList();
        return new Page<StoredFirmware>([.. behind.Take(most).Select(Describe)], behind.Count > most ? behind[most - 1].Id : null);
    }

    public StoredFirmware Get(string id) => Describe(store.Get(id));

    /// <summary>The body is the image itself, of any size. The same image again is the same one, so a broken upload is just repeated.</summary>
    public async Task<StoredFirmware> PutAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        return Describe(await store.PutAsync(context.Request.Body, context.RequestAborted));
    }

    public IResult Delete(string id)
    {
        store.Get(id);
        if (updates.IsNeeded(id))
            throw new ProvisioningException(ErrorCode.Conflict, "An update that is under way needs this image. Wait for its end, or abort it: stationctl update list");
        store.Delete(id);
        return Results.NoContent();
    }

    private static StoredFirmware Describe(StoredImage image) => new(
        image.Id,
        image.Manifest.Kind == ImageKind.Application ? image.Manifest.Name : null,
        image.Manifest.Version,
        image.Manifest.Sequence,
        [.. image.Manifest.Models.Select(model => model.ToString())],
        image.Length,
        image.Manifest.Expires);
}

/// <summary>The image store and its endpoints.</summary>
internal static class ImagesFeature
{
    public static void AddImages(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<ImagesOptions>(builder.Configuration, "Images"));
        builder.Services.AddSingleton<ImageStore>();
        builder.Services.AddSingleton<ImageEndpoints>();
    }

    public static void MapImages(this RouteGroupBuilder api)
    {
        var images = api.MapGroup("/images").RequireRole(Role.Operator);
        images.MapGet(string.Empty, (ImageEndpoints endpoint, string? cursor, int? limit) => endpoint.List(cursor, limit));
        images.MapPost(string.Empty, (ImageEndpoints endpoint, HttpContext context) => endpoint.PutAsync(context));
        images.MapGet("/{id}", (ImageEndpoints endpoint, string id) => endpoint.Get(id));
        images.MapDelete("/{id}", (ImageEndpoints endpoint, string id) => endpoint.Delete(id));
    }
}

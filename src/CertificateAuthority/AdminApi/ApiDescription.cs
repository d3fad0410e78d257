using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>What the API can do, told by the running build itself: OpenAPI 3.1 for programs, and a page made from the same document for people.</summary>
internal static class ApiDescription
{
    private const string Document = "v1";

    private static readonly Role[] Readers = [Role.Administrator, Role.Approver, Role.Auditor, Role.Operator];

    public static void AddApiDescription(this WebApplicationBuilder builder)
    {
        builder.Services.AddOpenApi(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.ShouldInclude = call => call.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer(DescribedApi.DescribeAsync);
            options.AddOperationTransformer(DescribedOperation.DescribeAsync);
        });
    }

    public static void MapApiDescription(this RouteGroupBuilder api)
    {
        api.MapGet(
            "/openapi.json",
            async ([FromKeyedServices(Document)] IOpenApiDocumentProvider description, CancellationToken cancellationToken) =>
                Results.Text(await DocumentAsync(description, cancellationToken), "application/json", Encoding.UTF8))
            .RequireRole(Readers)
            .WithName("GetOpenApi")
            .WithSummary("This API as an OpenAPI 3.1 document.")
            .Produces<string>(StatusCodes.Status200OK, "application/json");
        api.MapGet(
            "/reference",
            async ([FromKeyedServices(Document)] IOpenApiDocumentProvider description, HttpContext context) =>
            {
                context.Response.Headers.ContentSecurityPolicy = ReferencePage.Policy;
                context.Response.Headers.XContentTypeOptions = "nosniff";
                return Results.Text(ReferencePage.Render(await DocumentAsync(description, context.RequestAborted)), "text/html", Encoding.UTF8);
            })
            .RequireRole(Readers)
            .WithName("ShowReference")
            .WithSummary("This API as a page to read.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
    }

    private static async Task<string> DocumentAsync(IOpenApiDocumentProvider description, CancellationToken cancellationToken)
    {
        var document = await description.GetOpenApiDocumentAsync(cancellationToken);
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancellationToken);
    }
}

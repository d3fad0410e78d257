using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>What the OpenAPI document says of the API as a whole.</summary>
internal static class DescribedApi
{
    /// <summary>The schema of every refusal.</summary>
    public const string ProblemSchema = "Problem";

    public static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Certificate authority: service API",
            Version = typeof(DescribedApi).Assembly.GetName().Version?.ToString(3) ?? "1.0.0",
            Description =
                """
                Callers are known by their client certificate (mutual TLS); what each may do stands with the call. Every call is on record in the audit trail, refused ones too.

                Lists come page by page: `next` of a page is the `cursor` of the next one. A POST with an `Idempotency-Key` is carried out once, however often it is sent within 24 hours. Single
                resources have an `ETag`: `If-None-Match` saves sending it again; where a call takes `If-Match`, it refuses to change what was changed meanwhile. Moments are UTC, ISO 8601.

                A refusal is a problem document (RFC 9457); programs act on its `code`, people read its `detail`.
                """,
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[ProblemSchema] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "Why a call was refused (RFC 9457).",
            Required = new HashSet<string>(["title", "status", "detail", "code"], StringComparer.Ordinal),
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                ["type"] = Text("Where HTTP describes the status."),
                ["title"] = Text("The code again."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
                ["detail"] = Text("Which check failed, and what to do, in a sentence."),
                ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What programs act on.", Enum = [.. Enum.GetNames<ErrorCode>().Select(name => System.Text.Json.Nodes.JsonValue.Create(name))] },
            },
        };
        return Task.CompletedTask;
    }

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}

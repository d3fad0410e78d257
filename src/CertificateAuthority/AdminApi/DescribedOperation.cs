using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>What holds for every call and therefore stands at none of them: roles, refusals, keys and versions.</summary>
internal static class DescribedOperation
{
    /// <summary>The extension that names the roles of a call.</summary>
    public const string RolesExtension = "x-roles";

    private static readonly (ErrorCode Code, string When, string Example)[] Refusals =
    [
        (ErrorCode.MalformedRequest, "A value does not fit; detail says which.", "limit is 5000. Allowed: 1 to 1000."),
        (ErrorCode.NotAuthorized, "The caller's role does not allow it.", "Operator operator may not use this. Allowed: Administrator."),
        (ErrorCode.NotFound, "There is no such thing.", "This CA has made no certificate for 3012-000001."),
        (ErrorCode.Conflict, "The state does not allow it.", "This has been decided already."),
        (ErrorCode.PreconditionFailed, "It was changed since it was read (If-Match).", "This has been changed since you read it (If-Match). Read it again and decide anew."),
        (ErrorCode.RequestIdReused, "The Idempotency-Key came with another call before.", "This Idempotency-Key came with another call before. Every call needs a key of its own."),
        (ErrorCode.SigningStopped, "Nothing is signed, or a part that is needed does not answer.", "This CA has stopped signing: the clock was set back. An administrator has to decide (stationctl ca signing resume)."),
        (ErrorCode.StorageFull, "The disk is full. Nothing was changed.", "Nothing more can be stored. Make room and send the call again."),
    ];

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var roles = context.Description.ActionDescriptor.EndpointMetadata.OfType<AllowedRoles>().LastOrDefault()?.Roles ?? [];
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal);
        operation.Extensions[RolesExtension] = new JsonNodeExtension(new JsonArray([.. roles.Select(role => JsonValue.Create(role.ToString()))]));
        operation.Parameters ??= [];
        var (isPost, isGet) = (HttpMethods.IsPost(context.Description.HttpMethod!), HttpMethods.IsGet(context.Description.HttpMethod!));
        if (isPost)
            operation.Parameters.Add(Header(IdempotentAnswers.Header, "Names this call, so that it can be sent again without being carried out twice; a UUID, for example.", "0199a3c2-7d5e-7c11-9d0a-3f6f0e1d2c4b"));
        var isVersioned = context.Description.ActionDescriptor.EndpointMetadata.OfType<EntityTag.Versioned>().Any();
        if (isVersioned)
            operation.Parameters.Add(Header("If-Match", "The ETag of what is to be changed, as it was read.", "\"5d41402abc4b2a76b9719d911017c592\""));
        if (operation.RequestBody?.Content?.TryGetValue("application/json", out var body) == true)
            body.Example = ExampleBodies.Of(operation.OperationId);
        operation.Responses ??= [];
        var hasIdentifier = context.Description.RelativePath!.Contains('{', StringComparison.Ordinal);
        foreach (var (code, when, example) in Refusals)
        {
            if (code switch
            {
                ErrorCode.NotFound => hasIdentifier,
                ErrorCode.Conflict or ErrorCode.SigningStopped => !isGet,
                ErrorCode.PreconditionFailed => isVersioned,
                ErrorCode.RequestIdReused => isPost,
                _ => true,
            })
            {
                operation.Responses.TryAdd(ErrorTranslation.StatusOf(code).ToString(CultureInfo.InvariantCulture), Refusal(context.Document!, code, when, example));
            }
        }

        return Task.CompletedTask;
    }

    private static OpenApiResponse Refusal(OpenApiDocument document, ErrorCode code, string when, string example) => new()
    {
        Description = when,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            ["application/problem+json"] = new()
            {
                Schema = new OpenApiSchemaReference(DescribedApi.ProblemSchema, document),
                Example = new JsonObject
                {
                    ["title"] = code.ToString(),
                    ["status"] = ErrorTranslation.StatusOf(code),
                    ["detail"] = example,
                    ["code"] = code.ToString(),
                },
            },
        },
    };

    private static OpenApiParameter Header(string name, string description, string example) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = example,
    };
}

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>The API's reference for people: one page from the OpenAPI document, without a script and without anything from elsewhere.</summary>
internal static class ReferencePage
{
    private const string Style =
        """
        :root{color-scheme:light}
        body{margin:0;font:16px/1.55 system-ui,sans-serif;color:#1a1a1a;background:#fff}
        header,main,nav{max-width:60rem;margin:0 auto;padding:0 1.5rem}
        header{padding-top:2rem}
        h1{font-size:1.75rem;margin:0 0 .25rem}
        h2{font-size:1.35rem;margin:3rem 0 .5rem;border-bottom:2px solid #1a1a1a;padding-bottom:.25rem}
        h3{font-size:1.05rem;margin:2.25rem 0 .25rem;font-weight:600}
        h4{font-size:.95rem;margin:1rem 0 .25rem}
        p{margin:.5rem 0;max-width:48rem}
        code,pre{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
        pre{background:#f4f4f4;padding:.75rem 1rem;white-space:pre-wrap;border:1px solid #767676}
        .method{flex:0 0 4.2rem;font-weight:700;color:#003e7e}
        .roles{color:#3a3a3a}
        table{border-collapse:collapse;width:100%;margin:.25rem 0}
        th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid #767676}
        th{font-weight:600}
        td{overflow-wrap:anywhere;min-width:2.5rem}
        td:first-child code{overflow-wrap:normal}
        nav a,h3{display:flex;gap:.25rem;align-items:baseline}
        nav a{text-decoration:none}
        nav a code{text-decoration:underline}
        nav ul{columns:2 20rem;padding-left:0;list-style:none}
        nav li{break-inside:avoid;padding:.1rem 0}
        a{color:#003e7e}
        a:focus-visible{outline:3px solid #003e7e;outline-offset:2px}
        """;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Nothing but this page's own style sheet.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The page of a document.</summary>
    public static string Render(string openApi)
    {
        var document = JsonNode.Parse(openApi)!;
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(call => new Operation(call.Key.ToUpperInvariant(), path.Key, call.Value!)))
            .GroupBy(operation => operation.Group, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Append(Text(document["info"]!["title"])).Append("</title><style>").Append(Style).Append("</style></head><body><header><h1>")
            .Append(Text(document["info"]!["title"])).Append("</h1><p>Version ").Append(Text(document["info"]!["version"])).Append(". For programs: <a href=\"openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>")
            .Append(Paragraphs(document["info"]!["description"])).Append("</header><nav aria-label=\"Calls\"><ul>");
        foreach (var operation in operations.SelectMany(group => group))
            html.Append($"<li><a href=\"#{Text(operation.Id)}\"><span class=\"method\">{operation.Method}</span> <code>{Text(operation.Path)}</code></a></li>");
        html.Append("</ul></nav><main>");
        foreach (var group in operations)
        {
            html.Append($"<h2>{Text(group.Key)}</h2>");
            foreach (var operation in group)
                Render(html, operation);
        }

        html.Append("<h2>Schemas</h2>");
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal))
            RenderSchema(html, name, schema!);
        return html.Append("</main></body></html>").ToString();
    }

    private static void Render(StringBuilder html, Operation operation)
    {
        var node = operation.Node;
        html.Append($"<h3 id=\"{Text(operation.Id)}\"><span class=\"method\">{operation.Method}</span> <code>{Text(operation.Path)}</code></h3>")
            .Append($"<p>{Text(node["summary"])}</p>").Append(Paragraphs(node["description"]))
            .Append($"<p class=\"roles\">For: {Text(string.Join(", ", node[DescribedOperation.RolesExtension]!.AsArray().Select(role => (string?)role)))}. Operation <code>{Text(operation.Id)}</code>.</p>");
        if (node["parameters"] is JsonArray { Count: > 0 } parameters)
        {
            html.Append("<h4>Parameters</h4><table><tr><th scope=\"col\">Name</th><th scope=\"col\">Where</th><th scope=\"col\">Form</th><th scope=\"col\">Meaning</th></tr>");
            foreach (var one in parameters)
                html.Append($"<tr><td><code>{Text(one!["name"])}</code></td><td>{Text(one["in"])}</td><td>{Form(one["schema"])}</td><td>{Text(one["description"])}</td></tr>");
            html.Append("</table>");
        }

        if (node["requestBody"]?["content"] is JsonObject body)
            html.Append("<h4>Body</h4><p>").AppendJoin(", ", body.Select(content => $"<code>{Text(content.Key)}</code>: {Form(content.Value!["schema"])}")).Append("</p>").Append(Example(body["application/json"]?["example"]));
        html.Append("<h4>Answers</h4><table><tr><th scope=\"col\">Status</th><th scope=\"col\">When</th><th scope=\"col\">Content</th></tr>");
        foreach (var (status, answer) in node["responses"]!.AsObject())
        {
            var contents = answer!["content"] is JsonObject content ? string.Join("<br>", content.Select(one => $"<code>{Text(one.Key)}</code>: {Form(one.Value!["schema"])}")) : string.Empty;
            html.Append($"<tr><td>{Text(status)}</td><td>{Text(answer["description"])}</td><td>{contents}</td></tr>");
        }

        html.Append("</table>");
    }

    private static void RenderSchema(StringBuilder html, string name, JsonNode schema)
    {
        html.Append($"<h3 id=\"schema-{Text(name)}\">{Text(name)}</h3>").Append(Paragraphs(schema["description"]));
        if (schema["properties"] is not JsonObject properties)
        {
            html.Append($"<p>{Form(schema)}</p>");
            return;
        }

        html.Append("<table><tr><th scope=\"col\">Field</th><th scope=\"col\">Form</th><th scope=\"col\">Meaning</th></tr>");
        foreach (var (field, value) in properties)
            html.Append($"<tr><td><code>{Text(field)}</code></td><td>{Form(value)}</td><td>{Text(value!["description"])}</td></tr>");
        html.Append("</table>");
        html.Append(Example(schema["example"]));
    }

    private static string Example(JsonNode? example) => example is null ? string.Empty : $"<pre>{Text(example.ToJsonString(Indented))}</pre>";

    /// <summary>A schema in a few words.</summary>
    private static string Form(JsonNode? schema)
    {
        if (schema is null)
            return string.Empty;
        if ((string?)schema["$ref"] is { } reference)
        {
            var name = Text(reference[(reference.LastIndexOf('/') + 1)..]);
            return $"<a href=\"#schema-{name}\">{name}</a>";
        }

        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices)
            return string.Join(" or ", choices.Where(choice => (string?)choice!["type"]?.ToString() != "null").Select(Form));
        if (schema["enum"] is JsonArray values)
            return string.Join(", ", values.Where(value => value is not null).Select(value => $"<code>{Text(value)}</code>"));
        var type = schema["type"] is JsonArray types ? types.Select(one => (string?)one).FirstOrDefault(one => one is not ("null" or "string"), types.Select(one => (string?)one).First(one => one != "null")) : (string?)schema["type"];
        return type == "array" ? "list of " + Form(schema["items"]) : Text((string?)schema["format"] is { } format ? $"{type}, {format}" : type);
    }

    private static string Paragraphs(JsonNode? text) =>
        text is null ? string.Empty : string.Concat(((string?)text ?? string.Empty).Replace("\r", string.Empty, StringComparison.Ordinal).Split("\n\n").Select(paragraph => $"<p>{Text(paragraph)}</p>"));

    /// <summary>Everything shown goes through here; `code` in backticks is the only mark that is understood.</summary>
    private static string Text(JsonNode? text) => Text(text?.ToString());

    private static string Text(string? text)
    {
        var parts = WebUtility.HtmlEncode(text ?? string.Empty).Split('`');
        return parts.Length % 2 == 0 ? string.Join('`', parts) : string.Concat(parts.Select((part, index) => index % 2 == 0 ? part : $"<code>{part}</code>"));
    }

    private sealed record Operation(string Method, string Path, JsonNode Node)
    {
        public string Id => (string?)Node["operationId"] ?? $"{Method} {Path}";

        /// <summary>The resource: the first segment behind /api.</summary>
        public string Group => Path.Split('/', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1) ?? "api";
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ProvisioningStation.Tests.Configuration;

/// <summary>One node of a shipped schema with its <c>$ref</c> followed. It knows as much of JSON Schema as the shipped ones use; any other word is an error, never passed over.</summary>
internal sealed class SchemaNode
{
    /// <summary>What the others refer to.</summary>
    public const string Common = "common.schema.json";

    private static readonly string[] Words =
    [
        "$schema", "title", "description", "type", "default", "properties", "additionalProperties", "required", "items",
        "enum", "pattern", "minimum", "maximum", "minLength", "maxLength",
    ];

    private readonly JsonObject _json;

    private SchemaNode(JsonObject json)
    {
        _json = Follow(json);
        var unknown = _json.Select(pair => pair.Key).Except(Words, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new InvalidDataException($"The schema says {string.Join(", ", unknown)}, which this reader does not know: {_json.ToJsonString()}");
        Properties = (_json["properties"] as JsonObject)?.Where(pair => pair.Key != "$schema").ToDictionary(pair => pair.Key, pair => new SchemaNode(pair.Value!.AsObject()), StringComparer.Ordinal) ?? [];
        Items = _json["items"] is JsonObject items ? new SchemaNode(items) : null;
        Required = _json["required"]?.AsArray().Select(name => (string)name!).ToList() ?? [];
        Enum = _json["enum"]?.AsArray().Select(value => value!.ToString()).ToList();
    }

    public string Type => (string)_json["type"]!;

    public Dictionary<string, SchemaNode> Properties { get; }

    public SchemaNode? Items { get; }

    public List<string> Required { get; }

    public List<string>? Enum { get; }

    public string? Default => _json["default"]?.ToString();

    public long? Minimum => (long?)_json["minimum"];

    public long? Maximum => (long?)_json["maximum"];

    public bool IsDescribed => _json["description"] is not null;

    public bool IsClosed => _json["additionalProperties"] is JsonValue value && !(bool)value;

    public static SchemaNode Load(string file) => new(Read(file));

    /// <summary>What <paramref name="value"/> has that this schema does not allow.</summary>
    public IEnumerable<string> Refuse(JsonElement value, string path = "") => value.ValueKind switch
    {
        JsonValueKind.Object when Type == "object" => Required.Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{path} lacks {name}").Concat(
            value.EnumerateObject().Where(property => property.Name != "$schema").SelectMany(property =>
                Properties.TryGetValue(property.Name, out var node) ? node.Refuse(property.Value, $"{path}:{property.Name}") : [$"{path}:{property.Name} is unknown"])),
        JsonValueKind.Array when Type == "array" => value.EnumerateArray().SelectMany((item, index) => Items!.Refuse(item, $"{path}:{index}")),
        JsonValueKind.True or JsonValueKind.False when Type == "boolean" => [],
        JsonValueKind.Number when Type == "integer" => value.TryGetInt64(out var number) && !(number < Minimum || number > Maximum) ? Listed(value, path) : [$"{path}: {value}"],
        JsonValueKind.Number when Type == "number" => value.TryGetDecimal(out var number) && !(number < Minimum || number > Maximum) ? [] : [$"{path}: {value}"],
        JsonValueKind.String when Type == "string" => IsText(value.GetString()!) ? Listed(value, path) : [$"{path}: {value}"],
        _ => [$"{path} is not of type {Type}"],
    };

    /// <summary>Values, as the command line would give them, that this schema does not allow: one on the wrong side of each of its limits.</summary>
    public IEnumerable<(string Key, string Value)> Beyond(string key)
    {
        foreach (var inner in Properties.SelectMany(pair => pair.Value.Beyond($"{key}:{pair.Key}")).Concat(Items?.Beyond($"{key}:0") ?? []))
            yield return inner;
        if (Minimum is { } minimum)
            yield return (key, $"{minimum - 1}");
        if (Maximum is { } maximum)
            yield return (key, $"{maximum + 1}");
        if (Enum is not null)
            yield return (key, Type == "integer" ? "1" : "nonsense");
        if (_json["pattern"] is not null)
            yield return (key, "!");
        if (_json["minLength"] is not null)
            yield return (key, string.Empty);
        if ((int?)_json["maxLength"] is { } longest)
            yield return (key, new string('x', longest + 1));
        if (Type is "integer" or "number" or "boolean")
            yield return (key, "some");
    }

    private bool IsText(string text) =>
        !(text.Length < (int?)_json["minLength"] || text.Length > (int?)_json["maxLength"])
        && ((string?)_json["pattern"] is not { } pattern || Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)));

    private string[] Listed(JsonElement value, string path) => Enum is null || Enum.Contains(value.ToString(), StringComparer.Ordinal) ? [] : [$"{path}: {value} is not listed"];

    private static JsonObject Follow(JsonObject json)
    {
        if ((string?)json["$ref"] is not { } reference)
            return json;
        var parts = reference.Split('#');
        var target = parts[1].Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate((JsonNode)Read(parts[0]), (node, name) => node[name]!);
        var merged = Follow(target.AsObject()).DeepClone().AsObject();
        foreach (var (name, value) in json.Where(pair => pair.Key != "$ref"))
            merged[name] = value?.DeepClone();
        return merged;
    }

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(ShippedPrograms.Folder, file)))!.AsObject();
}

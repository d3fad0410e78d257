using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProvisioningStation.Hosting;

/// <summary>The one form of JSON that the programs' own interfaces speak: camel case, enumerations by name.</summary>
public static class JsonForm
{
    /// <summary>Options for reading and writing.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Gives <paramref name="options"/> this form.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.Converters.Add(new JsonStringEnumConverter());
        return options;
    }
}

using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using ProvisioningStation.Hosting;
using Xunit;

namespace ProvisioningStation.Tests.Configuration;

/// <summary>The shipped configurations, their schemas and what the programs really read say the same.</summary>
public sealed class SchemaTests(ShippedPrograms programs) : IClassFixture<ShippedPrograms>
{
    public static TheoryData<string> Files => [.. ShippedPrograms.Files];

    public static TheoryData<string> Schemas => [.. ShippedPrograms.Schemas];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task ShippedFile_IsReadWholeAndFitsItsSchema(string file)
    {
        await using var app = programs.Build(file);
        Settings.RefuseUnknownSections(app.Configuration);
        using var document = ShippedPrograms.Parse(file);
        Assert.Empty(SchemaNode.Load(ShippedPrograms.SchemaOf(file)).Refuse(document.RootElement));
        Assert.DoesNotContain(document.RootElement.EnumerateObject(), section => section.Value.ValueKind == JsonValueKind.Object && section.Value.GetPropertyCount() == 0);
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Schema_SaysWhatItsProgramReads(string schema)
    {
        await using var app = programs.Build(FileOf(schema));
        var root = SchemaNode.Load(schema);
        var sections = Settings.Known(app.Configuration);
        Assert.Equal(sections.Keys.Order(StringComparer.Ordinal), root.Properties.Keys.Order(StringComparer.Ordinal));
        Assert.True(root.IsClosed);
        Assert.Empty(sections.SelectMany(section => Differences(root.Properties[section.Key], section.Value, section.Key)));
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void ValueThatTheSchemaRefuses_TheProgramRefuses(string schema)
    {
        var beyond = SchemaNode.Load(schema).Properties.SelectMany(section => section.Value.Beyond(section.Key)).ToList();
        Assert.NotEmpty(beyond);
        Assert.All(beyond, wrong => Assert.Throws<ConfigurationException>(() => programs.Build(FileOf(schema), $"--{wrong.Key}={wrong.Value}")));
    }

    private static string FileOf(string schema) => ShippedPrograms.Files.First(file => ShippedPrograms.SchemaOf(file) == schema);

    /// <summary>Where the schema of an object and the record that it is read into differ.</summary>
    private static IEnumerable<string> Differences(SchemaNode node, Type type, string path)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToList();
        var defaults = Activator.CreateInstance(type)!;
        if (node.Type != "object" || !node.IsClosed || !node.IsDescribed)
            yield return $"{path} is not a described, closed object";
        foreach (var name in node.Properties.Keys.Concat(node.Required).Except(properties.Select(property => property.Name), StringComparer.Ordinal))
            yield return $"{path}:{name} is in the schema, but is not read";
        foreach (var property in properties)
        {
            var key = $"{path}:{property.Name}";
            if (!node.Properties.TryGetValue(property.Name, out var value))
            {
                yield return $"{key} is read, but not in the schema";
                continue;
            }

            var required = node.Required.Contains(property.Name, StringComparer.Ordinal);
            foreach (var difference in Differences(value, property, property.GetValue(defaults), required, key))
                yield return difference;
        }
    }

    private static IEnumerable<string> Differences(SchemaNode node, PropertyInfo property, object? byDefault, bool required, string path)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var isList = type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable));
        if (!node.IsDescribed)
            yield return $"{path} has no description";
        if (node.Type != (isList ? "array" : type == typeof(int) ? "integer" : type == typeof(decimal) ? "number" : type == typeof(bool) ? "boolean" : "string"))
            yield return $"{path} is not a {node.Type}, but {type.Name}";
        if (type.IsEnum && node.Enum?.Except(Enum.GetNames(type), StringComparer.Ordinal).Any() != false)
            yield return $"{path} has other names than {type.Name}";
        if (property.GetCustomAttribute<RangeAttribute>() is { Minimum: int minimum, Maximum: int maximum }
            && (node.Minimum, node.Maximum ?? int.MaxValue) != (minimum, maximum))
            yield return $"{path} is between {minimum} and {maximum}";

        var hasDefault = !isList && byDefault is not null and not "";
        if (node.Default is { } said && !Equals(TypeDescriptor.GetConverter(type).ConvertFromInvariantString(said), byDefault))
            yield return $"{path} is {byDefault} by default";
        if (node.Default is null && hasDefault && !required)
            yield return $"{path} has a default, {byDefault}, that the schema does not say";
        if (!hasDefault && !required && property.IsDefined(typeof(RequiredAttribute)))
            yield return $"{path} is required";

        var element = isList ? type.GetElementType() ?? type.GetGenericArguments()[0] : null;
        if (element?.IsEnum == true)
        {
            if (node.Items?.Enum?.Order(StringComparer.Ordinal).SequenceEqual(Enum.GetNames(element).Order(StringComparer.Ordinal)) != true)
                yield return $"{path} has other names than {element.Name}";
        }
        else if (element is not null && element != typeof(string))
        {
            foreach (var difference in Differences(node.Items!, element, path))
                yield return difference;
        }
    }
}

using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi;

/// <summary>One setting as it holds: <c>Section:Key</c>, its value as text, and whether that is the default.</summary>
internal sealed record EffectiveSetting(string Key, string Value, bool IsDefault);

/// <summary>Every setting that the terminal was started with. Settings hold no secrets: those are in files that they name.</summary>
internal sealed class EffectiveSettings(IConfiguration configuration)
{
    /// <summary>The configuration file, null where there is none.</summary>
    public string? File => Settings.FileOf(configuration);

    /// <summary>All of them, by key.</summary>
    public IReadOnlyList<EffectiveSetting> All => Settings.Known(configuration).OrderBy(section => section.Key, StringComparer.Ordinal)
        .SelectMany(section => Read(section.Key, configuration.GetSection(section.Key).Get(section.Value) ?? Activator.CreateInstance(section.Value)!))
        .ToList();

    private static IEnumerable<EffectiveSetting> Read(string section, object options)
    {
        var defaults = Activator.CreateInstance(options.GetType())!;
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            var value = TextOf(property.GetValue(options));
            yield return new EffectiveSetting($"{section}:{property.Name}", value, value == TextOf(property.GetValue(defaults)));
        }
    }

    private static string TextOf(object? value) => value switch
    {
        null => "–",
        string text => text,
        IEnumerable items => string.Join("; ", items.Cast<object?>().Select(TextOf)),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };
}

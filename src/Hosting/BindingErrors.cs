using System.Reflection;
using System.Text.RegularExpressions;

namespace ProvisioningStation.Hosting;

/// <summary>What is wrong with a setting, in words for whoever wrote it. The platform's binder speaks of its own options and of this system's types.</summary>
internal static partial class BindingErrors
{
    /// <summary>A sentence for <paramref name="cause"/>; the binder's own where it is none of the two usual ones, a misspelled name and a value of the wrong form.</summary>
    /// <param name="cause">What the binder threw.</param>
    /// <param name="options">What was bound, for the types that it names.</param>
    public static string Explain(InvalidOperationException cause, Type options)
    {
        var messages = new List<string>();
        for (Exception? each = cause; each is not null; each = each.InnerException)
            messages.Add(each.Message.ReplaceLineEndings(" "));
        foreach (var message in messages)
        {
            if (Unknown().Match(message) is { Success: true } unknown)
                return $"unknown {unknown.Groups["names"].Value.Replace("'", string.Empty, StringComparison.Ordinal)}.{Known(options.Assembly.GetType(unknown.Groups["type"].Value))}";
            if (Wrong().Match(message) is { Success: true } wrong)
                return $"{wrong.Groups["path"].Value} is '{wrong.Groups["value"].Value}'.{Expected(wrong.Groups["type"].Value)}";
        }

        return messages.Count > 1 ? $"{messages[0]} ({messages[1]})" : messages[0];
    }

    private static string Known(Type? type) =>
        type is null ? string.Empty : $" Known: {string.Join(", ", type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => property.Name).Order(StringComparer.Ordinal))}.";

    private static string Expected(string typeName)
    {
        var type = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(typeName)).FirstOrDefault(found => found is not null);
        return type switch
        {
            { IsEnum: true } => $" Allowed: {string.Join(", ", Enum.GetNames(type))}.",
            _ when type == typeof(TimeSpan) => " Expected hours, minutes and seconds, such as 00:01:30.",
            _ when type == typeof(bool) => " Allowed: true, false.",
            { IsPrimitive: true } => " Expected a number.",
            _ => string.Empty,
        };
    }

    [GeneratedRegex("properties were not found on the instance of (?<type>[^:]+): (?<names>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Unknown();

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<path>[^']+)' to type '(?<type>[^']+)'", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Wrong();
}

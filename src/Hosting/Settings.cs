using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;

namespace ProvisioningStation.Hosting;

/// <summary>Reads a program's options: one sealed record per feature and section, checked when the program starts.</summary>
public static class Settings
{
    /// <summary>The key under which <see cref="ProgramHost"/> keeps the configuration file's name, for messages.</summary>
    internal const string FileKey = "ProgramHost:File";

    private static readonly ConditionalWeakTable<IConfiguration, ConcurrentDictionary<string, Type>> SectionsRead = [];

    /// <summary>Binds <paramref name="section"/>; an absent section gives the record's defaults.</summary>
    /// <exception cref="ConfigurationException">An unknown key, a value of the wrong form, or a value outside what is allowed.</exception>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        SectionsRead.GetOrCreateValue(configuration)[section] = typeof(T);
        var file = configuration[FileKey] ?? "the configuration";
        T options;
        try
        {
            options = configuration.GetSection(section).Get<T>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException cause)
        {
            throw new ConfigurationException($"{file}, section {section}: {BindingErrors.Explain(cause, typeof(T))}", cause);
        }

        var problems = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true))
        {
            var said = problems.Select(problem => $"{section}:{string.Join(",", problem.MemberNames)}: {problem.ErrorMessage}");
            throw new ConfigurationException($"{file}, {string.Join("; ", said)}");
        }

        return options;
    }

    /// <summary>The configuration's file, null where everything came from the command line.</summary>
    public static string? FileOf(IConfiguration configuration) => configuration[FileKey];

    /// <summary>The sections that were read so far, each with its options: what a schema of the configuration, and a page that shows it, has to know.</summary>
    public static IReadOnlyDictionary<string, Type> Known(IConfiguration configuration) => SectionsRead.GetOrCreateValue(configuration);

    /// <summary>Refuses top-level sections that no feature has read: most often a misspelled name.</summary>
    /// <exception cref="ConfigurationException">There is one.</exception>
    public static void RefuseUnknownSections(IConfiguration configuration)
    {
        var known = SectionsRead.GetOrCreateValue(configuration);
        foreach (var section in configuration.GetChildren().Select(child => child.Key))
        {
            if (section is "$schema" or "ProgramHost" || known.Keys.Contains(section, StringComparer.OrdinalIgnoreCase))
                continue;
            throw new ConfigurationException($"{configuration[FileKey] ?? "the configuration"} has an unknown section {section}. Known: {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
        }
    }
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace ProvisioningStation.Control;

/// <summary>Help with examples: every command that does something says how it is called, <c>command.WithExamples("stationctl ca …")</c>.</summary>
public static class Help
{
    private static readonly ConditionalWeakTable<Command, IReadOnlyList<string>> Examples = [];

    /// <summary>Lines that could be typed as they are.</summary>
    public static T WithExamples<T>(this T command, params IReadOnlyList<string> lines)
        where T : Command
    {
        Examples.AddOrUpdate(command, lines);
        return command;
    }

    /// <summary>The examples of <paramref name="command"/>.</summary>
    public static IReadOnlyList<string> ExamplesOf(Command command) => Examples.TryGetValue(command, out var lines) ? lines : [];

    /// <summary>Makes the help of <paramref name="root"/> and everything below show them.</summary>
    internal static void ShowExamples(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new WithExamplesAction((HelpAction)option.Action!);
    }

    private sealed class WithExamplesAction(HelpAction plain) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var result = plain.Invoke(parseResult);
            var lines = ExamplesOf(parseResult.CommandResult.Command);
            if (lines.Count == 0)
                return result;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(lines.Count == 1 ? "Example:" : "Examples:");
            foreach (var line in lines)
                output.WriteLine("  " + line);
            output.WriteLine();
            return result;
        }
    }
}

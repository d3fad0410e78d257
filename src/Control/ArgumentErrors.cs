using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace ProvisioningStation.Control;

/// <summary>What is wrong with the arguments, in a line for each and in words of this program; the library's own answer is the whole help, with names of its types.</summary>
internal static class ArgumentErrors
{
    /// <summary>Whether <paramref name="parsed"/> has errors that are told here: those of a command that does something. Groups of commands answer with their help.</summary>
    public static bool AreIn(ParseResult parsed) => parsed.Action is ParseErrorAction && parsed.CommandResult.Command.Subcommands.Count == 0;

    /// <summary>Tells them.</summary>
    public static ExitCode Tell(ParseResult parsed, TextWriter error)
    {
        foreach (var sentence in parsed.Errors.Select(Sentence).Distinct(StringComparer.Ordinal))
            error.WriteLine("stationctl: " + sentence);
        error.WriteLine($"What is possible: {string.Join(' ', Names(parsed.CommandResult).Reverse())} --help");
        return ExitCode.Local;
    }

    private static string Sentence(ParseError problem)
    {
        var (name, symbol) = problem.SymbolResult switch
        {
            OptionResult option => (option.Option.Name, (Symbol)option.Option),
            ArgumentResult { Parent: OptionResult option } => (option.Option.Name, option.Option),
            ArgumentResult argument => (argument.Argument.Name, argument.Argument),
            _ => (null, null),
        };
        if (symbol is null || problem.SymbolResult!.Tokens is not [.., var token])
            return Line(problem.Message);
        string[] allowed = [.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label)];
        var isValueWrong = problem.Message.StartsWith("Cannot parse", StringComparison.Ordinal) || problem.Message.Contains("not recognized", StringComparison.Ordinal);
        return !isValueWrong ? Line(problem.Message)
            : allowed.Length > 0 ? $"{name}: '{token.Value}' is not possible. Allowed: {string.Join(", ", allowed)}."
            : symbol is Argument { ValueType: var type } && type == typeof(Guid) ? $"{name}: '{token.Value}' is not an id. Expected one such as 019a2f6e-0000-7000-8000-000000000000, as lists show it."
            : $"{name}: '{token.Value}' is not a number.";
    }

    private static string Line(string message) => message.ReplaceLineEndings(" ").Replace("\t", string.Empty, StringComparison.Ordinal).TrimEnd();

    private static IEnumerable<string> Names(CommandResult command)
    {
        for (SymbolResult? one = command; one is not null; one = one.Parent)
        {
            if (one is CommandResult { Command: var named })
                yield return named is RootCommand ? "stationctl" : named.Name;
        }
    }
}

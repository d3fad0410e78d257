using System.CommandLine;

namespace ProvisioningStation.Control.Completion;

/// <summary><c>stationctl completion</c>: the script that lets a shell complete commands, options and their values. The script asks <c>stationctl</c> itself, so it never falls behind.</summary>
public static class CompletionCommand
{
    private const string Bash = """
        _stationctl() {
          local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
          COMPREPLY=($(compgen -W "$(stationctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _stationctl stationctl
        """;

    private const string Zsh = """
        #compdef stationctl
        _stationctl() {
          local -a words_found
          words_found=("${(@f)$(stationctl "[suggest:${#BUFFER}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $words_found
        }
        compdef _stationctl stationctl
        """;

    private const string Fish = """
        function __stationctl
          set -l line (commandline -cp)
          stationctl "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c stationctl -a '(__stationctl)'
        """;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return new Command("completion", "Prints a script with which your shell completes stationctl's commands.") { shell }
            .WithExamples("source <(stationctl completion bash)", "stationctl completion fish > ~/.config/fish/completions/stationctl.fish")
            .Acts((parsed, _) =>
            {
                Console.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
                return Task.FromResult(ExitCode.Ok);
            });
    }
}

using Spectre.Console;

namespace ProvisioningStation.Hosting.Operator;

/// <summary>Where tables are printed: as rich as the terminal allows, and plain and wide where the output goes into a file or a pipe.</summary>
public static class OutputConsole
{
    private const int WidthOfAPipe = 160;

    /// <summary>The console for this run.</summary>
    public static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        console.Profile.Width = WidthOfAPipe;
        return console;
    }
}

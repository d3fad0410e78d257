using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ProvisioningStation.Factory;

/// <summary>The launcher's command line.</summary>
public static class FactoryCommand
{
    private static readonly TimeSpan EasyPace = TimeSpan.FromSeconds(3);

    private const int LongestPace = 3600;

    /// <summary>After Ctrl-C every program is given its time to end.</summary>
    public static InvocationConfiguration Invocation { get; } = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) };

    /// <summary>The command with its options.</summary>
    public static RootCommand Create()
    {
        var data = new Option<string>("--data") { Description = "Where the factory keeps everything (made with mode 0700).", DefaultValueFactory = _ => ".factory" };
        var configuration = new Option<string?>("--config") { Description = "The folder with one JSON file per program and line. Default: the station-config that was built in." };
        var units = new Option<int?>("--units") { Description = "Build this many units, spread over the lines, as fast as the lines can." };
        var exit = new Option<bool>("--exit") { Description = "With --units: print a summary and end; exit code 0 only if every unit is proved." };
        var report = new Option<string?>("--report") { Description = "With --units: write the result as JSON to this file." };
        var pace = new Option<double?>("--pace") { Description = "Seconds between two units of one line (default 3; with --units 0)." };
        var noWorkers = new Option<bool>("--no-workers") { Description = "Nobody scans but you: stationctl scan 3012-100001 --line 1001" };
        var crossCable = new Option<string>("--cross-cable")
        {
            Description = "How boards are connected: at an address of their own on loopback, or all at one address, each line with a network port of its own and its boards in a network namespace (root on Linux).",
            DefaultValueFactory = _ => "loopback",
        };
        crossCable.AcceptOnlyFromAmong("loopback", "namespaces");
        units.Validators.Add(result => Require(result, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1, "--units takes a number from 1."));
        pace.Validators.Add(result => Require(
            result,
            text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= LongestPace,
            $"--pace takes a number of seconds from 0 to {LongestPace}."));
        data.Validators.Add(result => Require(result, text => text.Length > 0, "--data takes a directory."));
        var command = new RootCommand("Runs a whole factory on this machine: CA, communication terminal, production management, line stations and boards, each as a process of its own.")
        {
            data, configuration, units, exit, report, pace, noWorkers, crossCable,
        };
        command.Validators.Add(result =>
        {
            var counted = result.GetResult(units) is not null; // given; whether it is a number is its own validator's business
            if (!counted && (result.GetValue(exit) || result.GetValue(report) is not null))
                result.AddError("--exit and --report go with --units N.");
            if (counted && result.GetValue(noWorkers))
                result.AddError("--units is built by workers: leave out --no-workers.");
        });
        command.SetAction((parsed, cancellationToken) => new FactoryRun(new FactoryOptions(
            parsed.GetValue(data)!,
            Path.GetFullPath(parsed.GetValue(configuration) ?? Path.Combine(AppContext.BaseDirectory, "station-config")),
            parsed.GetValue(units),
            parsed.GetValue(exit),
            parsed.GetValue(report),
            parsed.GetValue(pace) is { } seconds ? TimeSpan.FromSeconds(seconds) : parsed.GetValue(units) is null ? EasyPace : TimeSpan.Zero,
            !parsed.GetValue(noWorkers),
            parsed.GetValue(crossCable) == "namespaces")).RunAsync(cancellationToken));
        return command;
    }

    private static void Require(OptionResult result, Predicate<string> isGood, string otherwise)
    {
        if (result.Tokens.Any(token => !isGood(token.Value)))
            result.AddError(otherwise);
    }
}

using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal batch</c>: the day's certificates (P-7).</summary>
internal static class BatchCommands
{
    private const string Route = "api/batch";

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("batch", "The day's batch: how far it is, what waits and why, and its start on demand.") { Status(), Run() };

    private static Command Status() =>
        new Command("status", "Shows how far today's batch is, what waits and why, and left-over packs of past days.")
            .WithExamples("stationctl terminal batch status", "stationctl terminal batch status --json")
            .TalksToTerminal(async (terminal, _, cancellationToken) =>
            {
                terminal.Print(await terminal.Client.GetAsync<BatchStatus>(Route, cancellationToken), Print);
                return ExitCode.Ok;
            });

    private static Command Run()
    {
        var wait = new Option<bool>("--wait") { Description = "Wait until nothing runs any more; 6 where something has failed and waits for its next try." };
        return new Command("run", "Starts today's batch now, also before its set time, and tries again what waits. Nothing is ever issued twice.") { wait }
            .WithExamples("stationctl terminal batch run", "stationctl terminal batch run --wait --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var status = await terminal.Client.PostAsync<BatchStatus>($"{Route}/run", null, cancellationToken);
                while (parsed.GetValue(wait) && status.State is BatchState.Running or BatchState.Scheduled)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
                    status = await terminal.Client.GetAsync<BatchStatus>(Route, cancellationToken);
                }

                terminal.Print(status, Print);
                return parsed.GetValue(wait) && status.State is BatchState.Waiting or BatchState.Stopped ? ExitCode.Partly : ExitCode.Ok;
            });
    }

    private static void Print(BatchStatus batch)
    {
        var fields = new OutputTable("Field", "Value");
        fields.Add("Day", batch.Date);
        fields.Add("State", batch.State);
        fields.Add("In store", string.Create(CultureInfo.InvariantCulture, $"{batch.Stored} of {batch.Total}"));
        if (batch.State == BatchState.Running)
        {
            fields.Add("Packs a second", batch.PacksPerSecond);
            fields.Add("Seconds left", batch.SecondsLeft);
        }

        fields.Add("Still to come for other days", batch.Behind);
        fields.Add("Certificates to be revoked", batch.ReturnsOwed);
        fields.Add("Next batch", batch.NextStart);
        fields.Add("Problem", batch.Problem);
        fields.Print(string.Empty);

        if (batch.Waiting.Count > 0)
        {
            var waiting = new OutputTable("From", ">Units", ">Tries", "Next try", "Code", "Why");
            foreach (var wait in batch.Waiting)
                waiting.Add(wait.First, wait.Units, wait.Attempts, wait.NextTryAt, wait.Code, wait.Error);
            waiting.Print(string.Empty);
        }

        if (batch.LeftOvers.Count > 0)
        {
            var leftOvers = new OutputTable("Model", "Left over of", ">Days", ">Packs");
            foreach (var left in batch.LeftOvers)
                leftOvers.Add(left.Model, left.Date, left.Days, left.Count);
            leftOvers.Print(string.Empty);
        }
    }
}

using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Control.Update;

/// <summary><c>stationctl update</c>: the firmware of devices behind a gateway (U-1, U-11).</summary>
public static class UpdateCommand
{
    private const string Route = "api/updates";
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    /// <summary>The command with its subcommands.</summary>
    public static Command Create()
    {
        var update = new Command("update", "Firmware updates of devices behind a gateway.") { Start(), List(), Show(), Watch(), Abort(), UpdateImagesCommand.Create() };
        foreach (var option in PartSession.OptionsOf(ServedPart.Gateway))
            update.Add(option);
        return update;
    }

    /// <summary>Gives <paramref name="command"/> an action that talks to the gateway.</summary>
    internal static Command TalksToGateway(this Command command, Func<PartSession, ParseResult, CancellationToken, Task<ExitCode>> act) => command.Acts(async (parsed, cancellationToken) =>
    {
        using var session = PartSession.Open(ServedPart.Gateway, parsed);
        return await act(session, parsed, cancellationToken);
    });

    private static Command Start()
    {
        var number = new Argument<string>("number") { Description = "The device's machine number, such as 3012-100001." };
        var image = new Option<string?>("--image") { Description = "The image: the beginning of its id, or its version. Default: the newest firmware of the device's model.", HelpName = "IMAGE" };
        var watch = new Option<bool>("--watch") { Description = "Show how it goes, until it is known how it ended." };
        return new Command("start", "Updates one device. The gateway stores the order, and carries it out also when this command has ended.") { number, image, watch }
            .WithExamples("stationctl update start 3012-100001", "stationctl update start 3012-100001 --image 2.1.0 --watch")
            .TalksToGateway(async (gateway, parsed, cancellationToken) =>
            {
                var device = MachineNumber.Parse(parsed.GetValue(number));
                var chosen = parsed.GetValue(image) is { } named ? await UpdateImagesCommand.FindAsync(gateway, named, cancellationToken) : null;
                var update = await gateway.Client.PostAsync<DeviceUpdate>(Route, new UpdateOrder(device.ToString(), chosen?.Id), cancellationToken);
                if (parsed.GetValue(watch))
                    return await WatchAsync(gateway, update, cancellationToken);
                gateway.Print(update, static started => Console.WriteLine($"Update {started.Id} of {started.MachineNumber} to {started.Version} is asked for. See how it goes: stationctl update watch {started.Id}"));
                return ExitCode.Ok;
            });
    }

    private static Command List()
    {
        var number = new Option<string?>("--device") { Description = "Only those of this device.", HelpName = "NUMBER" };
        var limit = new Option<int>("--limit") { Description = "How many at the most.", HelpName = "N", DefaultValueFactory = _ => 50 };
        return new Command("list", "Lists updates, the latest first.") { number, limit }
            .WithExamples("stationctl update list", "stationctl update list --device 3012-100001 --json")
            .TalksToGateway(async (gateway, parsed, cancellationToken) =>
            {
                var wanted = parsed.GetValue(limit) is >= 1 and var most ? most : throw new ConfigurationException("--limit has to be 1 or more.");
                var path = ApiPath.Of(Route).With("machineNumber", parsed.GetValue(number)).With("limit", Math.Min(wanted, 500));
                gateway.Print(await gateway.Client.GetPagesAsync<DeviceUpdate>(path, cancellationToken).Take(wanted).ToListAsync(cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    private static Command Show()
    {
        var id = Id();
        return new Command("show", "Shows one update: how far it is, and why it ended as it did.") { id }
            .WithExamples("stationctl update show 019a2f6e-0000-7000-8000-000000000000", "stationctl update show 019a2f6e-0000-7000-8000-000000000000 --json")
            .TalksToGateway(async (gateway, parsed, cancellationToken) =>
            {
                gateway.Print(await GetAsync(gateway, parsed.GetValue(id), cancellationToken), PrintOne);
                return ExitCode.Ok;
            });
    }

    private static Command Watch()
    {
        var id = Id();
        return new Command("watch", "Shows how an update goes, a line for each step, until it is known how it ended. Exit code 2: it failed; 5: it was given up.") { id }
            .WithExamples("stationctl update watch 019a2f6e-0000-7000-8000-000000000000")
            .TalksToGateway(async (gateway, parsed, cancellationToken) => await WatchAsync(gateway, await GetAsync(gateway, parsed.GetValue(id), cancellationToken), cancellationToken));
    }

    private static Command Abort()
    {
        var id = Id();
        return new Command("abort", "Ends an update at whichever step it is. A device that has the whole image already may still install it.") { id }
            .WithExamples("stationctl update abort 019a2f6e-0000-7000-8000-000000000000")
            .TalksToGateway(async (gateway, parsed, cancellationToken) =>
            {
                var update = await gateway.Client.PostAsync<DeviceUpdate>(ApiPath.Of(Route, parsed.GetValue(id), "abort").ToString(), null, cancellationToken);
                gateway.Print(update, static ending => Console.WriteLine($"Update {ending.Id} of {ending.MachineNumber} is given up."));
                return ExitCode.Ok;
            });
    }

    private static async Task<ExitCode> WatchAsync(PartSession gateway, DeviceUpdate update, CancellationToken cancellationToken)
    {
        var shown = string.Empty;
        while (true)
        {
            var line = $"{update.MachineNumber} {update.Outcome ?? update.State}{(update.Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $" {percent} %") : null)}{(Detail(update) is { } detail ? $": {detail}" : null)}";
            if (line != shown && !gateway.Json)
                Console.WriteLine(shown = line);
            if (update.Outcome is { } outcome)
            {
                if (gateway.Json)
                    ControlContext.PrintJson(update);
                return outcome switch { "Failed" => ExitCode.Server, "Aborted" => ExitCode.Conflict, _ => ExitCode.Ok };
            }

            await Task.Delay(LookAgain, cancellationToken);
            update = await GetAsync(gateway, update.Id, cancellationToken);
        }
    }

    private static Task<DeviceUpdate> GetAsync(PartSession gateway, Guid id, CancellationToken cancellationToken) =>
        gateway.Client.GetAsync<DeviceUpdate>(ApiPath.Of(Route, id).ToString(), cancellationToken);

    private static void Print(IReadOnlyList<DeviceUpdate> updates)
    {
        var table = new OutputTable("Update", "Device", "To", "State", "Outcome", ">%", "Detail", "Changed at");
        foreach (var update in updates)
            table.Add(update.Id, update.MachineNumber, To(update), update.State, update.Outcome, update.Percent, update.Detail, update.ChangedAt);
        table.Print("No updates.");
    }

    private static void PrintOne(DeviceUpdate update)
    {
        var table = new OutputTable("Field", "Value");
        table.Add("Update", update.Id);
        table.Add("Device", update.MachineNumber);
        table.Add("To", To(update));
        table.Add("Image", update.Image);
        table.Add("State", update.State);
        table.Add("Outcome", update.Outcome);
        table.Add("Detail", update.Detail);
        table.Add("Ran before", update.VersionBefore);
        table.Add("Read back", update.VersionRead);
        table.Add("Times sent", update.Sends);
        table.Add("One-time password", update.PasswordErased ? "erased" : "known to the board");
        table.Add("Asked for by", update.RequestedBy);
        table.Add("Asked for at", update.RequestedAt);
        table.Add("Changed at", update.ChangedAt);
        table.Print(string.Empty);
    }

    private static string? Detail(DeviceUpdate update) =>
        update.Detail ?? (update.Outcome == "Succeeded" ? $"it runs {update.VersionRead}, and ran {update.VersionBefore ?? "nothing"} before" : null);

    private static string To(DeviceUpdate update) => update.Application is null ? update.Version : $"{update.Application} {update.Version}";

    private static Argument<Guid> Id() => new("update") { Description = "The update's id: stationctl update list shows it." };
}

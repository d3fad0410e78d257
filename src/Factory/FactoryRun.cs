using System.Diagnostics;
using ProvisioningStation.Factory.Cables;
using ProvisioningStation.Factory.Display;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Factory.Setup;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory;

/// <summary>One run of the factory, from the set-up to the last program's end.</summary>
public sealed class FactoryRun(FactoryOptions options)
{
    private static readonly TimeSpan GraceForControlC = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan PauseForMorePlan = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BatchLimit = TimeSpan.FromMinutes(3);

    private readonly List<UnitOutcome> _outcomes = [];
    private readonly Lock _counting = new();
    private int _begun;

    /// <summary>Runs until the units are built or the run is cancelled. Returns the exit code; whatever went wrong has been said in one line.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunFactoryAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return await StoppedAsync();
        }
        catch (Exception cause) when (cause is FactoryException or ConfigurationException or ProvisioningException or IOException or UnauthorizedAccessException)
        {
            if (await EndedByControlCAsync(cancellationToken))
                return await StoppedAsync();
            await Console.Error.WriteLineAsync("factory: " + cause.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    /// <summary>Being told to stop is a good end, unless units were asked for and are not all proved.</summary>
    private async Task<int> StoppedAsync()
    {
        var proved = _outcomes.Count(outcome => outcome.Verdict == Verdict.Pass);
        if (options.Units is not { } wanted || proved == wanted)
            return 0;
        await Console.Error.WriteLineAsync($"factory: stopped with {proved} of {wanted} units proved. The next start goes on.");
        return 1;
    }

    /// <summary>Ctrl-C reaches every process of the terminal at once: a program may end a moment before this one is told.</summary>
    private static async Task<bool> EndedByControlCAsync(CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
            await Task.WhenAny(Task.Delay(GraceForControlC, cancellationToken));
        return cancellationToken.IsCancellationRequested;
    }

    private async Task<int> RunFactoryAsync(CancellationToken cancellationToken)
    {
        // 1. The place: ours alone, and only one launcher at a time. A report that could not be written is said now, not after the work.
        if (options.Report is not null)
            DurableFile.Write(Path.GetFullPath(options.Report), "{}"u8);
        var layout = new FactoryLayout(DataDirectory.Open(options.Data), options.Configuration);
        await using var only = TakeLock(layout);

        await using var cables = options.Namespaces // removed behind the programs
            ? await CrossCables.LayAsync(layout, [.. LineConfiguration.ReadAll(layout.Configuration).Select(line => line.Line)])
            : null;

        // 2. The set-up, where it has not been done.
        var password = await FirstTimeSetup.RunAsync(layout, cancellationToken);

        // 3. Every program, until each is healthy.
        await using var floor = await FactoryFloor.StartAsync(layout, cables, cancellationToken);
        floor.Map(layout).Write(layout.Root);
        Introduce(layout, floor, password);

        // 4. The work, until it is done, somebody stops it, or a program dies.
        using var working = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var death = floor.WaitForDeathAsync(working.Token);
        var work = WorkAsync(floor, working.Token);
        try
        {
            if (await Task.WhenAny(work, death) == death)
                throw new FactoryException(await death);
            return await work;
        }
        finally
        {
            await working.CancelAsync();
            await Task.WhenAll(Quietly(work), Quietly(death));
        }
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
            // The first failure has been told; this one follows from it.
        }
    }

    private static FileStream TakeLock(FactoryLayout layout)
    {
        try
        {
            return new FileStream(layout.Root.Resolve("factory.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException cause) when (DataDirectory.IsLocked(cause))
        {
            throw new FactoryException($"Another factory runs in {layout.Root.Path}. End it first, or choose another place with --data DIR.", cause);
        }
    }

    private static void Introduce(FactoryLayout layout, FactoryFloor floor, string? password)
    {
        Console.WriteLine($"The factory runs in {layout.Root.Path}");
        foreach (var program in floor.Programs)
            Console.WriteLine($"  {program.Name,-24} {program.Address}");
        Console.WriteLine($"  {"the manager's pages",-24} {LineConfiguration.ReadListenAddress(layout.ConfigurationFile("communication-terminal"), "ManagerListen")} (ID manager)");
        foreach (var line in floor.Lines)
            Console.WriteLine($"  {"cable of line " + line.Configuration.Line,-24} {CableText(line.Configuration)}");
        foreach (var line in floor.Lines.Where(line => line.Configuration.Kiosk is not null))
            Console.WriteLine($"  {"kiosk of line " + line.Configuration.Line,-24} {line.Configuration.Kiosk}");
        if (floor.Quotas is not null)
            Console.WriteLine(floor.Quotas);
        if (password is not null)
        {
            Console.WriteLine($"The plant manager's first password, shown this once and kept in {layout.ManagerPassword}: {password}. The pages ask for a new one at the first sign-in.");
            Console.WriteLine($"The passphrase of the CA's root key is in {layout.RootPassphrase}. A real root's key and passphrase are taken away from the machine after the ceremony.");
        }
    }

    private static string CableText(LineConfiguration line) => line.CrossCable is { } cable
        ? $"port {cable.Interface} ({cable.LocalAddress}), namespace {cable.Namespace}, board {line.Cable}"
        : line.Cable.ToString();

    private async Task<int> WorkAsync(FactoryFloor floor, CancellationToken cancellationToken)
    {
        var day = await WaitForBatchAsync(floor.Terminal.Client, cancellationToken);
        Console.WriteLine($"Today's plan: {string.Join(", ", day.Models.Select(model => $"{model.Model} × {model.Planned}"))}; certificates in store: {day.Models.Sum(model => model.Issued)}");
        if (!options.Workers)
        {
            var unit = await FirstUnitAsync(floor.Terminal.Client, cancellationToken) ?? "3012-100001";
            Console.WriteLine($"Scan with: dotnet run --project src/Control -- scan {unit} --line {floor.Lines[0].Configuration.Line} --data {options.Data}");
        }

        Console.WriteLine("Ctrl-C ends everything.");

        using (var display = OpenDisplay(floor))
        {
            var watches = floor.Lines.Select(line => new LineWatch(line.Station.Client, display)).ToList();
            foreach (var watch in watches)
                await watch.BeginAsync(cancellationToken);
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var following = watches.Select(watch => watch.FollowAsync(watching.Token)).ToList();
            await (options.Workers ? BuildOnEveryLineAsync(floor, cancellationToken) : AllOrFirstFailureAsync(floor.Lines.Select(line => KeepBoardsComingAsync(line, cancellationToken))));
            await watching.CancelAsync();
            await Task.WhenAll(following.Select(Quietly));
            await Task.WhenAll(watches.Select(watch => watch.FinishAsync(cancellationToken)));
        }

        return options.Units is { } wanted ? await SummarizeAsync(floor, wanted, cancellationToken) : 0;
    }

    private async Task<DaySummary> WaitForBatchAsync(OperatorClient terminal, CancellationToken cancellationToken)
    {
        string? said = null;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var day = await terminal.GetTodayAsync(cancellationToken);
            var problem = day.PullError ?? day.BatchError;
            if (problem is not null && problem != said)
                Console.WriteLine("Waiting for today's certificates: " + (said = problem));
            else if (problem is null && day.Models.Any(model => model.Planned > 0) && await IsReadyAsync(day, terminal, cancellationToken))
                return day;
            if (options.Exit && Stopwatch.GetElapsedTime(started) > BatchLimit)
                throw new FactoryException($"Today's certificates did not come within {BatchLimit.TotalMinutes:F0} minutes: {problem ?? "the batch is still under way"}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    private static async Task<bool> IsReadyAsync(DaySummary day, OperatorClient terminal, CancellationToken cancellationToken) => day.Direct
        ? (await terminal.GetUnitsAsync(UnitState.Planned, null, null, 1, cancellationToken)).Count > 0
        : day.Models.Sum(model => model.Issued) >= day.Models.Sum(model => model.Planned);

    /// <summary>A unit that a worker could scan now: one whose pack is in store, or else one that gets its certificate at the scan; null where there is none.</summary>
    internal static async Task<string?> FirstUnitAsync(OperatorClient terminal, CancellationToken cancellationToken)
    {
        foreach (var state in new[] { UnitState.Stored, UnitState.Planned })
        {
            if (await terminal.GetUnitsAsync(state, null, null, 1, cancellationToken) is [var unit, ..])
                return unit.MachineNumber;
        }

        return null;
    }

    private static ILineDisplay OpenDisplay(FactoryFloor floor) => !Console.IsOutputRedirected
        ? new LiveTable(OutputConsole.Create(), floor.Lines.Select(line => line.Configuration.Line))
        : new PlainLines(Console.Out);

    private async Task BuildOnEveryLineAsync(FactoryFloor floor, CancellationToken cancellationToken)
    {
        using var units = new UnitSource(floor.Terminal.Client);
        foreach (var line in floor.Lines)
        {
            if (line.Slot.Current?.MachineNumber is { } interrupted)
                units.Reserve(interrupted);
        }

        await AllOrFirstFailureAsync(floor.Lines.Select(line => BuildAsync(line, units, cancellationToken)));
    }

    /// <summary>Waits for all, and for none of them once one has failed: a line that is stuck is said at once.</summary>
    private static async Task AllOrFirstFailureAsync(IEnumerable<Task> tasks)
    {
        var open = tasks.ToList();
        while (open.Count > 0)
        {
            var done = await Task.WhenAny(open);
            open.Remove(done);
            await done;
        }
    }

    private async Task BuildAsync(FloorLine line, UnitSource units, CancellationToken cancellationToken)
    {
        var worker = line.Hire(units);
        while (options.Units is not { } wanted || Interlocked.Increment(ref _begun) <= wanted)
        {
            if (await worker.BuildOneAsync(cancellationToken) is not { } outcome)
            {
                if (options.Units is not null)
                    return;
                await Task.Delay(PauseForMorePlan, cancellationToken); // today's plan is built; tomorrow's comes
                continue;
            }

            lock (_counting)
                _outcomes.Add(outcome);
            await Task.Delay(options.Pace, cancellationToken);
        }
    }

    /// <summary>Without workers: keeps a board on the cable and changes it once it is finished.</summary>
    private static async Task KeepBoardsComingAsync(FloorLine line, CancellationToken cancellationToken)
    {
        var sequence = await line.Station.Client.FindLastEventAsync(cancellationToken);
        while (true)
        {
            await line.Slot.PutAwayFinishedAsync();
            await line.Slot.ConnectAsync(cancellationToken);
            while (true)
            {
                var events = await line.Station.Client.GetEventsAsync(sequence, TimeSpan.FromSeconds(20), cancellationToken);
                sequence = events.Select(happened => happened.Sequence).DefaultIfEmpty(sequence).Max();
                if (events.Any(happened => happened.Verdict == Verdict.Pass))
                    break;
            }

            await line.Slot.RemoveAsync();
        }
    }

    private async Task<int> SummarizeAsync(FactoryFloor floor, int wanted, CancellationToken cancellationToken)
    {
        var report = RunReport.Of(await floor.Terminal.Client.GetTodayAsync(cancellationToken), _outcomes);
        RunSummary.Print(OutputConsole.Create(), report, wanted);
        if (options.Report is not null)
            report.Write(options.Report);
        if (!options.Exit)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        return report.Proved == wanted ? 0 : 1;
    }
}

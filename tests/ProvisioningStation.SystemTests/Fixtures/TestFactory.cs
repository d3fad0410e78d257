using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Cables;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Factory.Setup;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>
/// A factory of real processes in a directory and on ports of its own. The configuration is the shipped one with the ports moved, so that what is tested is what is run.
/// </summary>
public sealed partial class TestFactory : IAsyncDisposable
{
    private static int _portsTaken;

    private readonly bool _authorityAsShipped;

    private readonly bool _linesRun;

    private TestFactory(string directory, FactoryLayout layout, int portOffset, bool authorityAsShipped, bool linesRun)
    {
        _authorityAsShipped = authorityAsShipped;
        _linesRun = linesRun;
        Directory = directory;
        Layout = layout;
        FirstPort = 7441 + portOffset;
        LastPort = 7460 + portOffset;
    }

    /// <summary>The lowest port of any part.</summary>
    public int FirstPort { get; }

    /// <summary>The highest port of any part that speaks TLS.</summary>
    public int LastPort { get; }

    /// <summary>The temporary directory that holds everything.</summary>
    public string Directory { get; }

    public FactoryLayout Layout { get; }

    public FactoryFloor Floor { get; private set; } = null!;

    /// <summary>The lines' cables where they are network namespaces of their own.</summary>
    public CrossCables? Cables { get; private set; }

    public FloorLine Line => Floor.Lines[0];

    /// <summary>Makes directory and configuration; <paramref name="edit"/> may change each file's text by its name.</summary>
    /// <param name="edit">Changes a file's text.</param>
    /// <param name="lines">How many of the shipped lines it has: each station is a process that takes most of a second to start. None: the first is there, and its station does not run.</param>
    public static TestFactory Prepare(Func<string, string, string>? edit = null, int lines = 3)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("factory").FullName;
        var configuration = System.IO.Directory.CreateDirectory(Path.Combine(directory, "station-config")).FullName;
        var offset = TakePorts();
        var authorityAsShipped = true;
        foreach (var file in System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "station-config"), "*.json").Except(LineFiles().Skip(Math.Max(lines, 1)), StringComparer.Ordinal))
        {
            var text = MovePorts(File.ReadAllText(file), offset);
            text = SmallPlan(Path.GetFileName(file), text);
            var edited = edit?.Invoke(Path.GetFileName(file), text) ?? text;
            File.WriteAllText(Path.Combine(configuration, Path.GetFileName(file)), edited);
            if (Path.GetFileName(file) == "certificate-authority.json")
                authorityAsShipped = edited == text;
        }

        return new TestFactory(directory, new FactoryLayout(DataDirectory.Open(Path.Combine(directory, "data")), configuration), offset, authorityAsShipped, lines > 0);
    }

    /// <summary>Gives the line <paramref name="line"/> the shipped sample for a kind of line, before anything runs.</summary>
    public void UseSample(string line, string sample) => File.WriteAllText(
        Layout.ConfigurationFile($"line-{line}"),
        MovePorts(File.ReadAllText(Path.Combine(Repository.Root, "station-config", "samples", $"{sample}.json")), FirstPort - 7441));

    /// <summary>Prepares, sets up and starts a factory and waits until today's certificates are in store.</summary>
    /// <inheritdoc cref="Prepare"/>
    /// <param name="edit">Changes a file's text.</param>
    /// <param name="lines">How many of the shipped lines it has.</param>
    /// <param name="namespaces">Whether every line's cross cable is a network namespace of its own (root).</param>
    public static async Task<TestFactory> StartAsync(Func<string, string, string>? edit = null, int lines = 3, bool namespaces = false)
    {
        var factory = Prepare(edit, lines);
        await factory.SetUpAsync();
        if (namespaces)
            factory.Cables = await CrossCables.LayAsync(factory.Layout, [.. LineConfiguration.ReadAll(factory.Layout.Configuration).Select(line => line.Line)]);
        await factory.StartFloorAsync();
        await factory.WaitForBatchAsync();
        return factory;
    }

    /// <summary>Does what has to be done once before the programs can start.</summary>
    public Task SetUpAsync() => _authorityAsShipped ? SetUpOnce.CopyToAsync(Layout) : FirstTimeSetup.RunAsync(Layout, CancellationToken.None);

    /// <summary>Starts every program that is to run.</summary>
    public async Task StartFloorAsync()
    {
        if (_linesRun)
        {
            Floor = await FactoryFloor.StartAsync(Layout, Cables, CancellationToken.None);
            return;
        }

        Floor = FactoryFloor.Open(Layout);
        Floor.CertificateAuthority.Start();
        Floor.ProductionManagement.Start();
        await Floor.ApproveQuotasAsync(Layout, CancellationToken.None);
        Floor.Terminal.Start();
        await Floor.ProductionManagement.WaitUntilHealthyAsync(CancellationToken.None);
        await Floor.Terminal.WaitUntilHealthyAsync(CancellationToken.None);
    }

    /// <summary>Waits until every planned unit has a certificate.</summary>
    public Task WaitForBatchAsync() => Wait.UntilAsync("the day's batch", async () =>
    {
        var day = await Floor.Terminal.Client.GetTodayAsync(CancellationToken.None);
        return day.Models.Sum(model => model.Planned) > 0 && day.Models.Sum(model => model.Issued) == day.Models.Sum(model => model.Planned) && day.BatchError is null;
    });

    /// <summary>An edit for <see cref="StartAsync"/>: boards that write without a pause.</summary>
    public static string QuickBoards(string file, string text) =>
        file == "board.json" ? text.Replace("00:00:00.300", "00:00:00.010", StringComparison.Ordinal) : text;

    /// <summary>The model whose boards make their own keys with <see cref="BoardMadeKeys"/>.</summary>
    public static ModelCode BoardMadeKeyModel { get; } = ModelCode.Parse("A123");

    /// <summary>An edit for <see cref="StartAsync"/>: the boards of one model make their own keys (P-28).</summary>
    public static string BoardMadeKeys(string file, string text) => file == "communication-terminal.json"
        ? text.Replace("\"Model\": \"A123\", \"Managed\": true", "\"Model\": \"A123\", \"Managed\": true, \"BoardMakesKey\": true", StringComparison.Ordinal)
        : text;

    /// <summary>Approves more certificates of a model than any test asks for; the CA runs, and nothing else need.</summary>
    public async Task ApproveQuotaAsync(Uri authority, string model)
    {
        using var desk = QuotaDesk.Open(Layout, authority)!;
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        await desk.EnsureAsync("F1", model, today, today.AddDays(1), 10_000, CancellationToken.None);
    }

    /// <summary>What the terminal says of a unit.</summary>
    public async Task<UnitSummary> FindUnitAsync(string machineNumber)
    {
        string? after = null;
        while (true)
        {
            var page = await Floor.Terminal.Client.GetUnitsAsync(null, null, after, 200, CancellationToken.None);
            if (page.FirstOrDefault(unit => unit.MachineNumber == machineNumber) is { } found)
                return found;
            after = page[^1].MachineNumber;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Floor is not null)
            await Floor.DisposeAsync();
        if (Cables is not null)
            await Cables.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string MovePorts(string text, int offset) =>
        ShippedPort().Replace(text, match => (int.Parse(match.Value, CultureInfo.InvariantCulture) + offset).ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<string> LineFiles() => System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "station-config"), "line-*.json").Order(StringComparer.Ordinal);

    /// <summary>Tests build a handful of units; a plan of thousands would only cost time.</summary>
    private static string SmallPlan(string file, string text) =>
        file == "production-management.json" ? DailyCount().Replace(text, "${key}40") : text;

    /// <summary>Below the ports that <see cref="Tests.Fixtures.FreePort"/> gives, whose owners may listen there at any moment.</summary>
    private static int TakePorts()
    {
        while (true)
        {
            var offset = 2000 + (50 * ((Interlocked.Increment(ref _portsTaken) + Environment.ProcessId) % 280));
            if (IsFree(7440 + offset) && IsFree(7441 + offset) && IsFree(7442 + offset) && IsFree(7443 + offset) && IsFree(7444 + offset) && IsFree(7451 + offset) && IsFree(7471 + offset))
                return offset;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\b74[4-7][0-9]\b")]
    private static partial Regex ShippedPort();

    [GeneratedRegex("""(?<key>"CountPerDay"\s*:\s*)[0-9]+""")]
    private static partial Regex DailyCount();
}

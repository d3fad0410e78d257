using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Setup;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Benchmarks;

/// <summary>A factory of its own for one benchmark: the shipped configuration on free ports in a temporary directory, with the plan and the lines that are measured.</summary>
internal sealed class BenchmarkFactory : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("benchmark-").FullName;

    private BenchmarkFactory() => Layout = new FactoryLayout(DataDirectory.Open(Path.Combine(_directory, "data")), Directory.CreateDirectory(Path.Combine(_directory, "station-config")).FullName);

    public FactoryLayout Layout { get; }

    /// <summary>Makes the configuration for <paramref name="lines"/> lines and a plan of <paramref name="unitsPerDay"/> units of model 3012, and runs the set-up.</summary>
    public static async Task<BenchmarkFactory> CreateAsync(int unitsPerDay, int lines, CancellationToken cancellationToken)
    {
        var factory = new BenchmarkFactory();
        var ports = new FreePorts();
        int authority = ports.Take(), open = ports.Take(), terminal = ports.Take(), plan = ports.Take();
        factory.Edit("certificate-authority", root =>
        {
            root["Listen"]!["Port"] = authority;
            root["PublicListen"]!["Port"] = open;
            var parts = root["Ceremony"]!["Parts"]!.AsArray();
            foreach (var station in parts.Where(part => (string?)part!["Role"] == "LineStation").ToList())
                parts.Remove(station);
            for (var line = 1; line <= lines; line++)
                parts.Add(new JsonObject { ["Role"] = "LineStation", ["Name"] = Name(line), ["Directory"] = "../line-" + Name(line) });
        });
        factory.Edit("communication-terminal", root =>
        {
            root["Listen"]!["Port"] = terminal;
            root["ManagerListen"]!["Port"] = ports.Take();
            root["CertificateAuthority"]!["Address"] = $"https://127.0.0.1:{authority}";
            root["Revocations"]!["CrlUrl"] = $"http://127.0.0.1:{open}/crl/devices-{{issuer}}.crl";
            root["PlanPull"]!["Url"] = $"https://127.0.0.1:{plan}/plan";
        });
        factory.Edit("production-management", root =>
        {
            root["Listen"]!["Port"] = plan;
            root["Plan"]!["Models"] = new JsonArray(new JsonObject { ["Model"] = "3012", ["CountPerDay"] = unitsPerDay });
        });
        factory.Edit("board", root => root["Board"]!["WriteDelay"] = "00:00:00");
        for (var line = 1; line <= lines; line++)
        {
            var (number, station, kiosk, cable) = (line, ports.Take(), ports.Take(), ports.Take());
            factory.Edit("line-1001", "line-" + Name(number), root =>
            {
                root["Line"]!["Name"] = Name(number);
                root["Listen"]!["Port"] = station;
                root["Kiosk"]!["Port"] = kiosk;
                root["Terminal"]!["Address"] = $"https://127.0.0.1:{terminal}";
                root["Board"]!["Address"] = $"https://127.0.0.1:{cable}";
            });
        }

        await FirstTimeSetup.RunAsync(factory.Layout, cancellationToken);
        return factory;
    }

    /// <summary>Approves as many certificates of a model as there can be, for the running month and the next.</summary>
    public async Task ApproveQuotaAsync(Uri authority, string model, CancellationToken cancellationToken)
    {
        using var desk = QuotaDesk.Open(Layout, authority)!;
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        await desk.EnsureAsync("F1", model, today, today.AddMonths(1), 1_000_000, cancellationToken);
    }

    /// <summary>The most memory that a process has had, in bytes.</summary>
    public static double PeakBytes(int processId) => StatusBytes(processId, "VmHWM:");

    /// <summary>The memory that a process has now, in bytes.</summary>
    public static double ResidentBytes(int processId) => StatusBytes(processId, "VmRSS:");

    /// <summary>What a process has now without the files that are mapped into it, in bytes.</summary>
    public static double AnonymousBytes(int processId) => StatusBytes(processId, "RssAnon:");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static double StatusBytes(int processId, string field)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024.0 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static string Name(int line) => (2000 + line).ToString(CultureInfo.InvariantCulture);

    private void Edit(string name, Action<JsonObject> edit) => Edit(name, name, edit);

    private void Edit(string shipped, string name, Action<JsonObject> edit)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "station-config", shipped + ".json")))!.AsObject();
        edit(root);
        File.WriteAllText(Layout.ConfigurationFile(name), root.ToJsonString());
    }

    private sealed class FreePorts
    {
        private readonly HashSet<int> _taken = [];

        public int Take()
        {
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                var port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (_taken.Add(port))
                    return port;
            }
        }
    }
}

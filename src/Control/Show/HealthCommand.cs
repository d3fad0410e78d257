using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Control.Show;

/// <summary><c>stationctl health</c>: who answers and what is wrong.</summary>
public static class HealthCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => ControlContext.Run(
        new Command("health", "Shows which parts answer and what is wrong with them.").WithExamples("stationctl health"),
        async (context, _, cancellationToken) =>
        {
            var parts = new List<(string Name, Uri Address, Role Role)>
            {
                ("certificate-authority", context.Map.CertificateAuthority, Role.CertificateAuthority),
                ("communication-terminal", context.Map.Terminal, Role.CommunicationTerminal),
                ("production-management", context.Map.ProductionManagement, Role.ProductionManagement),
            };
            parts.AddRange(context.Map.Lines.Select(line => ("line-" + line.Line, line.Station, Role.LineStation)));
            var answers = new SortedDictionary<string, HealthAnswer?>(StringComparer.Ordinal);
            foreach (var (name, address, role) in parts)
            {
                using var client = context.Connect(address, role);
                answers[name] = await client.FindHealthAsync(cancellationToken);
            }

            if (context.Json)
                ControlContext.PrintJson(answers);
            else
                Print(answers);
            return answers.Values.All(answer => answer is { Status: "ok" }) ? ExitCode.Ok : answers.Values.All(answer => answer is null) ? ExitCode.Server : ExitCode.Partly;
        });

    private static void Print(SortedDictionary<string, HealthAnswer?> answers)
    {
        foreach (var (name, answer) in answers)
        {
            Console.WriteLine($"{name,-24} {answer?.Status ?? "does not answer"}");
            foreach (var (condition, problem) in answer?.Problems ?? new Dictionary<string, string>(StringComparer.Ordinal))
                Console.WriteLine($"  {condition}: {problem}");
            foreach (var (job, health) in answer?.Jobs.Where(job => job.Value.Error is not null) ?? [])
                Console.WriteLine($"  {job}: {health.Error}");
        }
    }
}

using System.Xml.Linq;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Architecture;

/// <summary>Who may know whom: programs know Hosting, Hosting knows Protocol, and no program knows another. The launcher references programs only to have them beside it.</summary>
public sealed class ReferenceTests
{
    private static readonly string Source = RepositoryFiles.Resolve("src");

    [Fact]
    public void Projects_ReferenceOnlyDownwards()
    {
        var projects = Directory.GetFiles(Source, "*.csproj", SearchOption.AllDirectories);
        Assert.True(projects.Length >= 11);
        foreach (var project in projects)
        {
            var document = XDocument.Load(project);
            var name = Path.GetFileNameWithoutExtension(project);
            var isProgram = document.Descendants("OutputType").Any(type => type.Value == "Exe");
            var references = document.Descendants("ProjectReference").Where(reference => !IsBuildOrderOnly(name, reference)).Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!)).ToList();
            string[] allowed = name switch
            {
                "Protocol" => [],
                "Hosting" => ["Protocol"],
                "LineStation" or "Gateway" => ["Hosting", "FirmwareUpdate"],
                "Factory" => ["Hosting", "CertificateAuthority", "CommunicationTerminal", "LineStation", "Board", "ProductionManagement", "Gateway"],
                _ => isProgram ? ["Hosting"] : ["Hosting", "Protocol"],
            };
            Assert.Empty(references.Except(allowed, StringComparer.Ordinal).Select(reference => $"{name} → {reference}"));
        }
    }

    /// <summary>stationctl runs the CA's program as a process: it is built first, and its types are out of reach.</summary>
    private static bool IsBuildOrderOnly(string project, XElement reference) =>
        project == "Control" && (string?)reference.Attribute("ReferenceOutputAssembly") == "false" && Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!) == "CertificateAuthority";

    [Fact]
    public void CommandLine_CantReachAProgramsTypes()
    {
        var references = typeof(ProvisioningStation.Control.ControlCommand).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!);
        Assert.Equal(["ProvisioningStation.Hosting", "ProvisioningStation.Protocol"], references.Where(name => name.StartsWith("ProvisioningStation.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Launcher_NeverNamesAProgramsTypes()
    {
        string[] programs = ["CertificateAuthority", "CommunicationTerminal", "LineStation", "Board", "ProductionManagement", "Gateway"];
        foreach (var file in Directory.GetFiles(Path.Combine(Source, "Factory"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            var usings = File.ReadLines(file).Where(line => line.StartsWith("using ProvisioningStation.", StringComparison.Ordinal)).ToList();
            Assert.DoesNotContain(usings, line => programs.Any(program => line.StartsWith($"using ProvisioningStation.{program}", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Time_IsAskedOnlyOfTheTimeProvider()
    {
        var files = Directory.GetFiles(Source, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal));
        string[] clocks = ["DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "DateTime.Today"];
        Assert.DoesNotContain(files, file => clocks.Any(File.ReadAllText(file).Contains));
    }
}

using Microsoft.Extensions.Configuration;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

public sealed class SettingsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("settings").FullName;

    [Fact]
    public void Overrides_WinOverTheFile()
    {
        var configuration = Configure("""{ "Listen": { "Address": "127.0.0.9", "Port": 7000 } }""", "--Listen:Port=7001");
        Assert.Equal(new ListenOptions { Address = "127.0.0.9", Port = 7001 }, Settings.Read<ListenOptions>(configuration, "Listen"));
    }

    [Theory]
    [InlineData("""{ "Listen": { "Prot": 7000 } }""", "Prot")]
    [InlineData("""{ "Listen": { "Port": "many" } }""", "Port")]
    [InlineData("""{ "Listen": { "Port": 70000 } }""", "Listen:Port")]
    [InlineData("""{ "Listen": { "Address": "" } }""", "Listen:Address")]
    public void WrongValue_NamesFileAndKey(string json, string key)
    {
        var error = Assert.Throws<ConfigurationException>(() => Settings.Read<ListenOptions>(Configure(json), "Listen"));
        Assert.Contains("program.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownSection_IsRefusedWithTheKnownOnes()
    {
        var configuration = Configure("""{ "Listen": {}, "Lisen": {} }""");
        Settings.Read<ListenOptions>(configuration, "Listen");
        var error = Assert.Throws<ConfigurationException>(() => Settings.RefuseUnknownSections(configuration));
        Assert.Contains("Lisen", error.Message, StringComparison.Ordinal);
        Assert.Contains("Known: Listen", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Listen\": ")]
    [InlineData("not json")]
    public void FileThatIsNotJson_IsSaidInOneLine(string json) =>
        Assert.Contains("is not JSON", Assert.Throws<ConfigurationException>(() => Configure(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("nonsense")]
    [InlineData("--a=b")]
    public void UnknownArgument_IsRefused(string argument) =>
        Assert.Contains("Unknown argument", Assert.Throws<ConfigurationException>(() => ProgramHost.CreateBuilder(["--data", _directory, argument])).Message, StringComparison.Ordinal);

    [Fact]
    public async Task PortInUse_EndsWithOneClearLine()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        var written = new StringWriter();
        var before = Console.Error;
        Console.SetError(written);
        try
        {
            var code = await ProgramHost.RunAsync("Test program", args =>
            {
                var builder = ProgramHost.CreateBuilder(args);
                builder.ListenWithTls(() => throw new InvalidOperationException("never asked"), new ListenOptions { Port = port });
                return builder.Build();
            }, ["--data", _directory]);
            Assert.Equal(1, code);
        }
        finally
        {
            Console.SetError(before);
        }

        var line = written.ToString().TrimEnd();
        Assert.DoesNotContain('\n', line);
        Assert.Contains($"{port}", line, StringComparison.Ordinal);
        Assert.Contains("Another program listens there", line, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IConfiguration Configure(string json, params string[] overrides)
    {
        var file = Path.Combine(_directory, "program.json");
        File.WriteAllText(file, json);
        return ProgramHost.CreateBuilder(["--config", file, "--data", _directory, .. overrides]).Configuration;
    }
}

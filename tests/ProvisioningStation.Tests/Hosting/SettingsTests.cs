using Microsoft.Extensions.Configuration;
using ProvisioningStation.Gateway.Updates;
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
    [InlineData("""{ "Listen": { "Prot": 7000 } }""", "section Listen: unknown Prot. Known: Address, Port.")]
    [InlineData("""{ "Listen": { "Port": "many" } }""", "Listen:Port is 'many'. Expected a number.")]
    [InlineData("""{ "Listen": { "Port": 70000 } }""", "Listen:Port")]
    [InlineData("""{ "Listen": { "Address": "" } }""", "Listen:Address")]
    public void WrongValue_NamesFileAndKey(string json, string said)
    {
        var error = Assert.Throws<ConfigurationException>(() => Settings.Read<ListenOptions>(Configure(json), "Listen"));
        Assert.Contains("program.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "LookEvery": "5s" }""", "Updates:LookEvery is '5s'. Expected hours, minutes and seconds, such as 00:01:30.")]
    [InlineData("""{ "Models": [ { "Model": "3012", "PasswordBy": "Nobody" } ] }""", "Updates:Models:0:PasswordBy is 'Nobody'. Allowed: UpdatingSide, Board.")]
    [InlineData("""{ "Models": [ { "Model": "3012", "StartedByBoard": "perhaps" } ] }""", "Updates:Models:0:StartedByBoard is 'perhaps'. Allowed: true, false.")]
    [InlineData("""{ "Models": [ { "Modell": "3012" } ] }""", "unknown Modell. Known: Erase, EraseBy, Model, PasswordBy, StartedByBoard.")]
    public void WrongValue_IsSaidWithWhatIsAllowed(string updates, string said)
    {
        var error = Assert.Throws<ConfigurationException>(() => Settings.Read<UpdatesOptions>(Configure($$"""{ "Updates": {{updates}} }"""), "Updates"));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
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

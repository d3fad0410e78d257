using System.CommandLine;
using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary>What every command of <c>stationctl</c> promises: examples that work, contexts, completion, exit codes, and that it never waits for a person who is not there.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public static TheoryData<string> Commands => [.. Leaves(ControlCommand.Create(), "stationctl")];

    public void Dispose() => _home.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_HasExamplesThatParse(string path)
    {
        var root = ControlCommand.Create();
        var command = path.Split(' ').Skip(1).Aggregate((Command)root, (above, name) => above.Subcommands.Single(below => below.Name == name));
        Assert.False(string.IsNullOrWhiteSpace(command.Description));
        var examples = Help.ExamplesOf(command);
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            var line = example[example.IndexOf("stationctl", StringComparison.Ordinal)..].Split(" > ")[0].Split(" | ")[0].TrimEnd(')');
            Assert.StartsWith(path, line, StringComparison.Ordinal);
            Assert.Empty(root.Parse(line["stationctl ".Length..]).Errors.Select(error => $"{example}: {error.Message}"));
        });
    }

    [Fact]
    public async Task IdThatIsNone_IsSaidInWords()
    {
        var (code, _, error) = await Run("update", "show", "foo");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("update: 'foo' is not an id. Expected one such as 019a2f6e-", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ShowsTheExamples()
    {
        var (code, output, _) = await Run("context", "add", "--help");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("Examples:" + Environment.NewLine + "  stationctl context add plant7 --address", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contexts_AreAddedUsedShownAndRemoved()
    {
        Assert.Equal(ExitCode.Ok, (await Run("context", "add", "plant7", "--address", "https://127.0.0.1:1", "--identity", _home.Path)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await Run("context", "add", "plant8", "--address", "https://127.0.0.1:2", "--identity", _home.Path)).ExitCode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_home.Path, "stationctl", "contexts.json")));
        Assert.Equal("plant7", await CurrentAsync());
        Assert.Equal(ExitCode.Ok, (await Run("context", "use", "plant8")).ExitCode);
        Assert.Equal("plant8", await CurrentAsync());
        Assert.Equal(ExitCode.Ok, (await Run("context", "remove", "plant8")).ExitCode);
        var (code, _, error) = await Run("context", "show", "plant8");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("There is no context plant8. Contexts: plant7", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two words", "https://127.0.0.1:1", "can't be a context's name")]
    [InlineData("plant7", "http://127.0.0.1:1", "--address has to be a URL")]
    public async Task Context_OfTheWrongForm_IsRefused(string name, string address, string reason)
    {
        var (code, _, error) = await Run("context", "add", name, "--address", address, "--identity", _home.Path);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _stationctl stationctl")]
    [InlineData("zsh", "#compdef stationctl")]
    [InlineData("fish", "complete -c stationctl")]
    public async Task Completion_IsAScriptForTheShell(string shell, string expected)
    {
        var (code, output, _) = await Run("completion", shell);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_KnowsTheCommands()
    {
        var (code, output, _) = await Run("[suggest:19]", "stationctl context ");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Subset(output.Split(Environment.NewLine).ToHashSet(StringComparer.Ordinal), new HashSet<string>(["add", "list", "remove", "show", "use"], StringComparer.Ordinal));
    }

    private static IEnumerable<string> Leaves(Command command, string path) =>
        command.Subcommands.SelectMany(below => Leaves(below, $"{path} {below.Name}")).Concat(command.Action is null ? [] : [path]);

    private async Task<string?> CurrentAsync() => JsonDocument.Parse((await Run("context", "show", "--json")).Output).RootElement.GetProperty("name").GetString();

    private Task<(ExitCode ExitCode, string Output, string Error)> Run(params string[] arguments) => StationCtl.RunAsync(_home.Path, null, arguments);
}

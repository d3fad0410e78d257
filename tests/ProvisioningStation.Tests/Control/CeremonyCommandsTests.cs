using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl ca init</c>, <c>renew-issuing</c> and <c>replace-common</c>: the CA's program, run as a process.</summary>
public sealed class CeremonyCommandsTests : IDisposable
{
    private const string Passphrase = "handed over on standard input";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Init_TakesThePassphraseFromStandardInputAndSaysWhatWasMade()
    {
        var (code, output, error) = await RunAsync(Passphrase + "\n", "init", "--root-passphrase-file", "-", "--operator", "A. Keyholder", "--json");
        Assert.True(code == ExitCode.Ok, error);
        using var steps = JsonDocument.Parse(output);
        Assert.Equal(["root", "issuing CA devices", "issuing CA parts"], steps.RootElement.EnumerateArray().Take(3).Select(step => step.GetProperty("what").GetString()!));
        Assert.All(steps.RootElement.EnumerateArray(), step =>
        {
            Assert.Equal("made", step.GetProperty("did").GetString());
            Assert.Equal(64, step.GetProperty("sha256").GetString()!.Length);
            Assert.True(File.Exists(step.GetProperty("certificate").GetString()));
        });
        Assert.Contains("A. Keyholder", File.ReadAllText(_directory["ca/ceremony-protocol.txt"]), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains(Passphrase, StringComparison.Ordinal));

        (code, output, error) = await RunAsync(Passphrase, "renew-issuing", "devices", "--root-passphrase-file", "-", "--yes");
        Assert.True(code == ExitCode.Ok, error);
        Assert.StartsWith("made  issuing CA devices-2", output, StringComparison.Ordinal);
        (code, output, error) = await RunAsync(null, "replace-common", "--yes");
        Assert.True(code == ExitCode.Ok, error);
        Assert.StartsWith("made  common certificate", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAPassphrase_ItSaysWhatIsMissing()
    {
        var (code, _, error) = await RunAsync(null, "init");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("--root-passphrase-file FILE", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("renew-issuing", "devices")]
    [InlineData("replace-common")]
    public async Task WithoutConsent_NothingIsDone(params string[] arguments)
    {
        var (code, _, error) = await RunAsync(null, arguments);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("--yes", error, StringComparison.Ordinal);
        (code, var output, _) = await RunAsync(null, [.. arguments, "--dry-run"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith($"Would run: CertificateAuthority {string.Join(' ', arguments)}", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task ProgramThatIsNotThere_IsSaid()
    {
        var (code, _, error) = await RunAsync(null, "init", "--program", _directory["nothing.dll"]);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("--program: there is no file", error, StringComparison.Ordinal);
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(string? input, params string[] arguments) =>
        StationCtl.RunAsync(null, input, ["ca", .. arguments, "--config", RunningAuthority.Configuration, "--directory", _directory["ca"], .. arguments[0] == "replace-common" ? Array.Empty<string>() : ["--offline-root", _directory["stick"]]]);
}

using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.BoardInC;

/// <summary>
/// A factory, and the board in C for it: made from the WSDL that the real Board program publishes at this moment, so that the published description is what is tested.
/// Nothing that is generated is kept.
/// </summary>
public sealed class FactoryWithBoardInC : IAsyncLifetime
{
    private static readonly string Source = Path.Combine(Repository.Root, "tests", "ProvisioningStation.SystemTests", "BoardInC");

    public TestFactory Factory { get; private set; } = null!;

    /// <summary>The executable.</summary>
    public string Program { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (FactNeedsGsoapAttribute.Missing is not null)
            return; // every test is skipped
        Factory = await TestFactory.StartAsync(TestFactory.QuickBoards, lines: 1);
        Program = await MakeAsync(Directory.CreateDirectory(Path.Combine(Factory.Directory, "board-in-c")).FullName);
    }

    public async Task DisposeAsync()
    {
        if (Factory is not null)
            await Factory.DisposeAsync();
    }

    private async Task<string> MakeAsync(string directory)
    {
        await FetchDescriptionAsync(Path.Combine(directory, "board.wsdl"));
        string[] sanitize = await CanSanitizeAsync(directory) ? ["SANITIZE=-fsanitize=address,undefined -fno-sanitize-recover"] : [];
        var (code, output, error) = await Tool.RunAsync("make", ["-f", Path.Combine(Source, "Makefile"), "WSDL=board.wsdl", .. sanitize], directory, seconds: 300);
        Assert.True(code == 0, $"make ended with {code}: {output} {error}");
        return Path.Combine(directory, "board");
    }

    /// <summary>A blank board of ours, on no line's cable, shows its WSDL to everybody.</summary>
    private async Task FetchDescriptionAsync(string file)
    {
        var address = new Uri($"https://127.0.19.1:{Factory.LastPort}/");
        await using var board = ChildProgram.Start(
            "board-for-its-wsdl",
            FactoryPrograms.Board,
            ["--config", Factory.Layout.ConfigurationFile("board"), "--data", Path.Combine(Factory.Directory, "board-for-its-wsdl"), $"--Listen:Address={address.Host}", $"--Listen:Port={address.Port}"],
            Factory.Layout.Logs);
        using var blank = OperatorClient.OfBlankBoard(address, NetworkPort.Any);
        await board.WaitUntilHealthyAsync(CancellationToken.None, blank);
        using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler());
        await File.WriteAllTextAsync(file, await http.GetStringAsync(new Uri(address, "soap?wsdl")));
    }

    private static async Task<bool> CanSanitizeAsync(string directory)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "empty.c"), "int main(void) { return 0; }\n");
        var (code, _, _) = await Tool.RunAsync("gcc", ["-fsanitize=address,undefined", "-o", "empty", "empty.c"], directory);
        return code == 0 && (await Tool.RunAsync(Path.Combine(directory, "empty"), [], directory)).ExitCode == 0;
    }
}

/// <summary>A test of the board in C: skipped, visibly, where one of the things to build it with is missing.</summary>
public sealed class FactNeedsGsoapAttribute : FactAttribute
{
    public FactNeedsGsoapAttribute() => Skip = Missing;

    /// <summary>Why there is no board in C here; null where there is one.</summary>
    internal static string? Missing { get; } = new FactNeedsAttribute("wsdl2h", "soapcpp2", "gcc", "make", "pkg-config", "openssl", "/usr/include/stdsoap2.h", "/usr/include/openssl/ssl.h").Skip;
}

/// <inheritdoc cref="FactNeedsGsoapAttribute"/>
public sealed class TheoryNeedsGsoapAttribute : TheoryAttribute
{
    public TheoryNeedsGsoapAttribute() => Skip = FactNeedsGsoapAttribute.Missing;
}

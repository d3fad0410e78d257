using System.Text.Json;
using ProvisioningStation.Factory.Cables;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>The launcher with <c>--cross-cable namespaces</c>, in a network namespace of its own: nothing of the machine's network is touched, and nothing is left behind.</summary>
public sealed class NamespaceTests
{
    // /run/netns is the test's own: the names of namespaces die with the shell that mounted it
    private const string Own = "mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && ip link set lo up || exit 8; links() { ip -o link | grep -vc ': lo:'; }; ";

    [FactAsRoot("ip", "unshare", "mount")]
    public async Task ThreeLinesWithBoardsAtOneAddress_EveryUnitIsProved_AndNothingIsLeft()
    {
        await using var factory = TestFactory.Prepare(TestFactory.QuickBoards);

        var (code, output, error) = await RunInNamespaceAsync(
            "dotnet \"$@\"; code=$?; echo \"left: $(links) $(ip netns list | wc -l)\"; exit $code",
            LauncherProcess.Arguments(factory, "--cross-cable", "namespaces", "--units", "6", "--exit"));

        Assert.True(code == 0, output + error);
        Assert.Contains("6 of 6 units proved", output, StringComparison.Ordinal);
        Assert.Equal(3, output.Split("board https://192.0.2.10:7460/").Length - 1);
        Assert.Contains("left: 0 0", output, StringComparison.Ordinal);
        Assert.False(File.Exists(factory.Layout.Root.Resolve("cross-cables.json")));
    }

    [FactAsRoot("ip", "unshare", "mount", "ss")]
    public async Task LeftOversOfAKilledLauncher_AreRemovedAtTheNextStart()
    {
        await using var factory = TestFactory.Prepare(TestFactory.QuickBoards);

        var (code, output, error) = await RunInNamespaceAsync(
            """
            dotnet "$@" --pace 60 > "$3/said" 2>&1 & launcher=$!
            until grep -q 'cable of line 1003' "$3/said"; do sleep 0.1; kill -0 $launcher || { cat "$3/said"; exit 9; }; done
            kill -9 $launcher; wait $launcher
            echo "left by the kill: $(links) $(ip netns list | wc -l)"
            until [ "$(ss -Hltn | wc -l)" = 0 ]; do sleep 0.1; done
            dotnet "$@" --units 1 --exit; code=$?
            echo "left: $(links) $(ip netns list | wc -l)"; exit $code
            """,
            LauncherProcess.Arguments(factory, "--cross-cable", "namespaces"));

        Assert.True(code == 0, output + error);
        Assert.Contains("left by the kill: 3 3", output, StringComparison.Ordinal);
        Assert.Contains("left: 0 0", output, StringComparison.Ordinal);
    }

    [FactAsRoot("ip", "unshare", "mount")]
    public async Task SomebodyElsesPortAndNamespaceOfARememberedName_StayWhatTheyAre()
    {
        await using var factory = TestFactory.Prepare(TestFactory.QuickBoards);
        var old = CrossCable.Plan("1001", 0, Guid.NewGuid());
        await File.WriteAllTextAsync(factory.Layout.Root.Resolve("cross-cables.json"), JsonSerializer.Serialize(new[] { old }));

        var (code, output, error) = await RunInNamespaceAsync(
            $"""
            ip netns add {old.Namespace} && ip link add {old.Interface} alias 'of somebody else' type veth peer name eth0 netns {old.Namespace} && dotnet "$@"; code=$?
            echo "left: $(ip -o link show dev {old.Interface} | wc -l) $(ip netns list)"; exit $code
            """,
            LauncherProcess.Arguments(factory, "--cross-cable", "namespaces", "--units", "1", "--exit"));

        Assert.True(code == 0, output + error);
        Assert.Contains($"left: 1 {old.Namespace}", output, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output, string Error)> RunInNamespaceAsync(string script, string[] arguments) =>
        Tool.RunAsync("unshare", ["--net", "--mount", "bash", "-c", Own + script, "bash", .. arguments], seconds: 180);
}

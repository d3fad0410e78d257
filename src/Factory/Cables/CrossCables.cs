using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Factory.Cables;

/// <summary>
/// The cross cables of a factory as network namespaces (<c>--cross-cable namespaces</c>). Their names are stored before anything is made: what a killed launcher left behind is removed at the
/// next start in the same data directory.
/// </summary>
public sealed class CrossCables : IAsyncDisposable
{
    private readonly string _memory;

    private CrossCables(string memory, IReadOnlyList<CrossCable> cables)
    {
        _memory = memory;
        Cables = cables;
    }

    /// <summary>The cables, one per line.</summary>
    public IReadOnlyList<CrossCable> Cables { get; }

    /// <summary>Lays a cable for each line. The launcher's lock on the data directory must be held.</summary>
    /// <exception cref="FactoryException">Not root, no <c>ip</c>, or the kernel refused; nothing is left behind.</exception>
    public static async Task<CrossCables> LayAsync(FactoryLayout layout, IReadOnlyList<string> lines)
    {
        if (!Environment.IsPrivilegedProcess)
            throw new FactoryException("--cross-cable namespaces makes network namespaces, which only root may: run the launcher with sudo, or leave the option out.");
        if (lines.Count > CrossCable.MostLines)
            throw new FactoryException($"--cross-cable namespaces has addresses for {CrossCable.MostLines} lines; there are {lines.Count}.");
        var memory = layout.Root.Resolve("cross-cables.json");
        foreach (var old in Recall(memory))
            await RemoveAsync(old);
        var id = Guid.NewGuid();
        var cables = new CrossCables(memory, [.. lines.Select((line, position) => CrossCable.Plan(line, position, id))]);
        DurableFile.Write(memory, JsonSerializer.SerializeToUtf8Bytes(cables.Cables));
        try
        {
            foreach (var cable in cables.Cables)
                await LayAsync(cable);
            return cables;
        }
        catch
        {
            await cables.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes links, then namespaces. What can't be removed is said, and tried again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var cable in Cables)
                await RemoveAsync(cable);
            File.Delete(_memory);
        }
        catch (FactoryException left)
        {
            await Console.Error.WriteLineAsync("factory: " + left.Message);
        }
    }

    private static List<CrossCable> Recall(string memory)
    {
        try
        {
            return File.Exists(memory) ? JsonSerializer.Deserialize<List<CrossCable>>(File.ReadAllText(memory)) ?? [] : [];
        }
        catch (JsonException cause)
        {
            throw new FactoryException($"{memory} does not say which network namespaces were left behind. Remove those that 'ip netns' shows as provisioning-…, then delete the file.", cause);
        }
    }

    private static async Task LayAsync(CrossCable cable)
    {
        await IpAsync("netns", "add", cable.Namespace);
        await IpAsync("-n", cable.Namespace, "link", "add", "name", cable.Interface, "type", "veth", "peer", "name", CrossCable.BoardInterface);
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", CrossCable.BoardInterface, "alias", cable.Mark);
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", cable.Interface, "alias", cable.Mark);
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", cable.Interface, "netns", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)); // comes marked, so that a kill at any moment leaves nothing unmarked
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{cable.Interface}/rp_filter", "2"); // strict, an answer from the shared address would be dropped on every port but one
        await IpAsync("address", "add", cable.LocalAddress + "/24", "dev", cable.Interface);
        await IpAsync("link", "set", "dev", cable.Interface, "up");
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", "lo", "up");
        await IpAsync("-n", cable.Namespace, "address", "add", CrossCable.BoardAddress + "/24", "dev", CrossCable.BoardInterface);
        await IpAsync("-n", cable.Namespace, "link", "set", "dev", CrossCable.BoardInterface, "up");
    }

    /// <summary>Removes what bears the cable's mark. What has one of its names and is somebody else's stays.</summary>
    private static async Task RemoveAsync(CrossCable cable)
    {
        var known = (await RunIpAsync("netns", "list")).Output.Split('\n').Select(line => line.Split(' ')[0]);
        var isNamespaceOurs = known.Contains(cable.Namespace, StringComparer.Ordinal)
            && await IsOursAsync(cable, "-n", cable.Namespace, "link", "show", "dev", CrossCable.BoardInterface) != false; // none: the kill came before it or in the middle of the removal
        if (await IsOursAsync(cable, "link", "show", "dev", cable.Interface) == true)
            await IpAsync("link", "delete", "dev", cable.Interface);
        if (isNamespaceOurs)
            await IpAsync("netns", "delete", cable.Namespace);
    }

    /// <summary>Whether the network port that <paramref name="show"/> shows bears the cable's mark; null where there is none.</summary>
    private static async Task<bool?> IsOursAsync(CrossCable cable, params string[] show)
    {
        var (code, output, _) = await RunIpAsync(["-json", .. show]);
        if (code != 0)
            return null;
        using var links = JsonDocument.Parse(output);
        return links.RootElement.EnumerateArray().Any(link => link.TryGetProperty("ifalias", out var alias) && alias.GetString() == cable.Mark);
    }

    private static async Task IpAsync(params string[] arguments)
    {
        var (code, _, error) = await RunIpAsync(arguments);
        if (code != 0)
            throw new FactoryException($"'ip {string.Join(' ', arguments)}' was refused: {error.Trim().ReplaceLineEndings(" ")} Without --cross-cable the boards answer on loopback.");
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunIpAsync(params string[] arguments)
    {
        try
        {
            using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var output = ip.StandardOutput.ReadToEndAsync();
            var error = ip.StandardError.ReadToEndAsync();
            await ip.WaitForExitAsync();
            return (ip.ExitCode, await output, await error);
        }
        catch (Win32Exception cause)
        {
            throw new FactoryException("--cross-cable namespaces needs the command 'ip': install the package iproute2, or leave the option out.", cause);
        }
    }
}

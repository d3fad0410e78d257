using System.Text.Json;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>The main job as a user sees it: the launcher's process, its output, its exit code, and the boards it leaves behind.</summary>
public sealed class MainJobTests
{
    [FactNeeds("openssl")]
    public async Task Units_AreProvedAndEveryBoardVerifiesWithOpenssl()
    {
        await using var factory = TestFactory.Prepare();
        var report = Path.Combine(factory.Directory, "report.json");
        var (code, output, error) = await LauncherProcess.RunAsync(factory, "--units", "7", "--exit", "--report", report);
        Assert.True(code == 0, output + error);
        Assert.Contains("7 of 7 units proved", output, StringComparison.Ordinal);

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        var root = document.RootElement;
        Assert.Equal(80, root.GetProperty("planned").GetInt32());
        Assert.Equal(80, root.GetProperty("issued").GetInt32());
        Assert.Equal(7, root.GetProperty("written").GetInt32());
        Assert.Equal(7, root.GetProperty("proved").GetInt32());
        Assert.Equal(0, root.GetProperty("failed").GetInt32());
        var units = root.GetProperty("units").EnumerateArray().ToList();
        Assert.Equal(7, units.Select(unit => unit.GetProperty("machineNumber").GetString()).Distinct().Count());
        Assert.Equal(3, units.Select(unit => unit.GetProperty("line").GetString()).Distinct().Count());
        foreach (var unit in units)
            await AssertBoardAsync(unit);

        // The manager's password was shown once and is nowhere else readable.
        var password = (await File.ReadAllTextAsync(factory.Layout.ManagerPassword)).Trim();
        Assert.Contains(password, output, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(factory.Layout.ManagerPassword));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(factory.Layout.Root.Path));

        // A second start goes on where the first ended, and no secret is in any log.
        (code, output, error) = await LauncherProcess.RunAsync(factory, "--units", "3", "--exit", "--report", report);
        Assert.True(code == 0, output + error);
        Assert.DoesNotContain(password, output, StringComparison.Ordinal);
        using var second = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        var before = units.Select(unit => unit.GetProperty("machineNumber").GetString()).ToHashSet();
        Assert.All(second.RootElement.GetProperty("units").EnumerateArray(), unit => Assert.DoesNotContain(unit.GetProperty("machineNumber").GetString(), before));
        AssertNoSecretInLogs(factory, password);
    }

    [Fact]
    public async Task DirectMode_IssuesAtTheScan()
    {
        await using var factory = TestFactory.Prepare((file, text) => file == "communication-terminal.json" ? text.Replace("\"Direct\": false", "\"Direct\": true", StringComparison.Ordinal) : text);
        var report = Path.Combine(factory.Directory, "report.json");
        var (code, output, error) = await LauncherProcess.RunAsync(factory, "--units", "3", "--exit", "--report", report);
        Assert.True(code == 0, output + error);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        Assert.Equal(3, document.RootElement.GetProperty("issued").GetInt32());
        Assert.Equal(3, document.RootElement.GetProperty("proved").GetInt32());
        Assert.Equal([3], SqliteFile.Query<int>(factory.Layout.CertificateAuthority, "certificate-authority.db", "SELECT COUNT(*) FROM certificate"));
    }

    private static async Task AssertBoardAsync(JsonElement unit)
    {
        var number = unit.GetProperty("machineNumber").GetString()!;
        var certificate = Path.Combine(unit.GetProperty("boardDirectory").GetString()!, "flash", "certificate");
        await Tool.RunOkAsync("openssl", "verify", "-x509_strict", "-CAfile", Path.Combine(certificate, "root.pem"), "-untrusted", Path.Combine(certificate, "issuing.pem"), Path.Combine(certificate, "certificate.pem"));
        Assert.Contains(number, await Tool.RunOkAsync("openssl", "x509", "-noout", "-subject", "-in", Path.Combine(certificate, "certificate.pem")), StringComparison.Ordinal);
        var fingerprint = await Tool.RunOkAsync("openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", Path.Combine(certificate, "certificate.pem"));
        Assert.Equal(unit.GetProperty("certificateFingerprint").GetString(), fingerprint.Split('=')[1].Trim().Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant());
        Assert.Equal(number, (await File.ReadAllLinesAsync(Path.Combine(certificate, "..", "..", "nvram", "machine-number")))[0]);
        var common = Path.Combine(certificate, "..", "common-certificate");
        await Tool.RunOkAsync("openssl", "verify", "-CAfile", Path.Combine(common, "root.pem"), "-untrusted", Path.Combine(common, "issuing.pem"), Path.Combine(common, "certificate.pem"));
    }

    private static void AssertNoSecretInLogs(TestFactory factory, string password)
    {
        var secrets = Directory.EnumerateFiles(factory.Layout.Root.Path, "*.key", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is "wrap.key")
            .Select(file => File.ReadAllText(file).Trim())
            .Append(password)
            .Append("PRIVATE KEY")
            .Append("MIGHAgEA") // how base64 of a P-256 PKCS#8 key begins
            .Append("<PrivateKey")
            .ToList();
        Assert.True(secrets.Count > 6);
        var logs = Directory.GetFiles(factory.Layout.Logs);
        Assert.True(logs.Length >= 8);
        foreach (var log in logs)
        {
            var text = File.ReadAllText(log);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
    }
}

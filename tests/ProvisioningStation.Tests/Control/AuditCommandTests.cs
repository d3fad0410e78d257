using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.CertificateAuthority;
using ProvisioningStation.Tests.CertificateAuthority.Operation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl audit</c>, <c>ca signing</c>, <c>ca backup</c> and <c>ca restore</c> against a real CA.</summary>
public sealed class AuditCommandTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _home = new();
    private RunningAuthority _ca = null!;

    public async Task InitializeAsync()
    {
        _ca = await StartAsync();
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 3));
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 10, 3));
    }

    public async Task DisposeAsync()
    {
        await _ca.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task LiveTrail_IsVerifiedAndItsEndRemembered()
    {
        var (code, output, error) = await RunAsync("audit", "verify", "--as", "auditor");
        Assert.True(code == ExitCode.Ok, error + output);
        Assert.Contains("The trail is whole.", output, StringComparison.Ordinal);
        (code, output, error) = await RunAsync("audit", "verify", "--as", "auditor", "--json");
        Assert.True(code == ExitCode.Ok, error + output);
        using var verdict = JsonDocument.Parse(output);
        Assert.True(verdict.RootElement.GetProperty("since").GetInt64() > 0);

        // The end goes, with everything that the CA's own disk knows of it.
        await _ca.StopAsync();
        StoppedFiles.Execute(_ca, "DELETE FROM audit_checkpoint; DELETE FROM audit_event WHERE sequence > 2");
        File.Delete(Path.Combine(_ca.Data, "issued.ledger"));
        await _ca.StartAgainAsync();
        (code, output, _) = await RunAsync("audit", "verify", "--as", "auditor");
        Assert.Equal(ExitCode.Conflict, code);
        Assert.Matches("that was verified|verified here", output);
        (code, output, _) = await RunAsync("audit", "verify", "--as", "auditor", "--restart");
        Assert.True(code == ExitCode.Ok, output);
    }

    [Fact]
    public async Task Entries_AreFoundByActionAndSubject()
    {
        var (code, output, error) = await RunAsync("audit", "list", "--as", "auditor", "--action", "IssueReserved", "--json");
        Assert.True(code == ExitCode.Ok, error);
        using var reserved = JsonDocument.Parse(output);
        Assert.Equal(2, reserved.RootElement.GetArrayLength());
        Assert.All(reserved.RootElement.EnumerateArray(), entry => Assert.Equal("IssueReserved", entry.GetProperty("action").GetString()));
        var latest = reserved.RootElement[0].GetProperty("subject").GetString()!;
        (code, output, error) = await RunAsync("audit", "list", "--as", "auditor", "--subject", latest, "--limit", "1");
        Assert.True(code == ExitCode.Ok, error);
        Assert.EndsWith("The latest 1; more with --limit, all of them with export.", output.TrimEnd(), StringComparison.Ordinal);
        (code, _, _) = await RunAsync("audit", "list", "--as", "operator");
        Assert.Equal(ExitCode.NotAllowed, code);
    }

    [Fact]
    public async Task ExportedFile_IsVerifiedWithTheRootAlone()
    {
        var file = _home["audit.ndjson"];
        var root = Path.Combine(_ca.Directory, "auditor", "root.pem");
        Assert.Equal(ExitCode.Ok, (await RunAsync("audit", "export", "--as", "auditor", "--file", file)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await VerifyAsync(file, root)).ExitCode);
        var lines = await File.ReadAllLinesAsync(file);

        await File.WriteAllLinesAsync(file, lines[..^1]);
        Assert.Contains("CutOff", (await VerifyAsync(file, root)).Output, StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines.Select(line => line.Replace("\"sequence\":2,", "\"sequence\":2,\"x\":0,", StringComparison.Ordinal).Replace("IssueReserved", "IssueUnknown", StringComparison.Ordinal)));
        var (code, output, _) = await VerifyAsync(file, root);
        Assert.Equal(ExitCode.Conflict, code);
        Assert.Matches("The first bad entry is [1-9]", output);
        await File.WriteAllLinesAsync(file, ["nonsense", .. lines]);
        Assert.Contains("Line 1", (await VerifyAsync(file, root)).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotAllowed, (await RunAsync("audit", "export", "--as", "operator", "--file", _home["other"])).ExitCode);
    }

    [Fact]
    public async Task Checkpoints_AreMadeAndListed()
    {
        Assert.Equal(ExitCode.Ok, (await RunAsync("audit", "checkpoints", "--make", "--as", "auditor")).ExitCode);
        var (code, output, _) = await RunAsync("audit", "checkpoints", "--json", "--as", "auditor");
        Assert.Equal(ExitCode.Ok, code);
        using var list = JsonDocument.Parse(output);
        Assert.True(list.RootElement.GetArrayLength() > 0);
    }

    [Fact]
    public async Task BackupRestoreAndResume_GoFromTheCommandLine()
    {
        Assert.Equal(ExitCode.Ok, (await RunAsync("ca", "signing", "status")).ExitCode);
        var (code, output, error) = await RunAsync("ca", "backup", "create", "--json");
        Assert.True(code == ExitCode.Ok, error);
        using var made = JsonDocument.Parse(output);
        var file = made.RootElement[0].GetProperty("file").GetString()!;
        Assert.Contains(file, (await RunAsync("ca", "backup", "list", "--json")).Output, StringComparison.Ordinal);
        string[] restore = ["ca", "restore", "--from", Path.Combine(_ca.Data, "backups", file), "--config", RunningAuthority.Configuration, "--directory", _ca.Data];
        Assert.StartsWith("Would run: CertificateAuthority restore", (await RunAsync([.. restore, "--dry-run"])).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Local, (await RunAsync([.. restore, "--yes"])).ExitCode); // the service runs
        await _ca.StopAsync();
        (code, output, error) = await RunAsync([.. restore, "--yes"]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.StartsWith($"restored  {file}", output, StringComparison.Ordinal);
        await _ca.StartAgainAsync();
        (code, output, _) = await RunAsync("ca", "signing", "status");
        Assert.Equal(ExitCode.Partly, code);
        Assert.Contains("was restored from", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Local, (await RunAsync("ca", "signing", "resume", "--note", "read")).ExitCode); // nobody said yes
        (code, output, error) = await RunAsync("ca", "signing", "resume", "--note", "read", "--yes");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(ExitCode.Ok, (await RunAsync("ca", "signing", "check")).ExitCode);
        await _ca.IssueAsync(RequestId.New(), Numbers("3012", 50, 1));
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> VerifyAsync(string file, string root) =>
        StationCtl.RunAsync(_home.Path, null, "audit", "verify", "--file", file, "--root", root, "--restart");

    private Task<(ExitCode ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        new FactoryMap(_ca.Address, _ca.Address, _ca.Address, []).Write(new DataDirectory(_ca.Directory));
        return StationCtl.RunAsync(_home.Path, null, [.. arguments, .. arguments.Contains("restore") ? Array.Empty<string>() : ["--data", _ca.Directory]]);
    }
}

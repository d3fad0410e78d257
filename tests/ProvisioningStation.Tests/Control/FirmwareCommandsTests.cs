using System.Security.Cryptography;
using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using ProvisioningStation.Tests.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl firmware keygen</c> and <c>sign</c>: from a build to an image that a board takes (U-20, U-18).</summary>
public sealed class FirmwareCommandsTests : IDisposable
{
    private const string Passphrase = "a passphrase of the tests";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task KeyAndImage_AreWhatABoardTakes()
    {
        await MakeKeyAsync();
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_directory["key.pem"]));
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", File.ReadAllText(_directory["key.pem"]), StringComparison.Ordinal);
        var payload = TestImages.Payload(200_000);
        File.WriteAllBytes(_directory["build.bin"], payload);

        var (code, output, error) = await SignAsync("--models", "3012,A123", "--version", "2.0", "--sequence", "7", "--minimum-sequence", "5", "--allow-rollback", "--expires", "2099-12-31", "--application", "viewer", "--json");

        Assert.True(code == ExitCode.Ok, error);
        await using var image = File.OpenRead(_directory["out.img"]);
        var header = await ImageHeader.ReadAsync(image, CancellationToken.None);
        header.RequireSignature(FirmwareKey.ReadPem(File.ReadAllText(_directory["public.pem"])));
        await header.RequirePayloadAsync(image, CancellationToken.None);
        var manifest = header.Manifest;
        Assert.Equal((ImageKind.Application, "viewer", "2.0", 7L, 5L, true), (manifest.Kind, manifest.Name, manifest.Version, manifest.Sequence, manifest.MinimumSequence, manifest.AllowsRollback));
        Assert.Equal(["3012", "A123"], manifest.Models.Select(model => model.ToString()));
        Assert.Equal(new DateTimeOffset(2099, 12, 31, 23, 59, 59, TimeSpan.Zero), manifest.Expires);
        var said = JsonDocument.Parse(output).RootElement;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), said.GetProperty("payloadSha256").GetString());
        Assert.Equal(image.Length, said.GetProperty("imageLength").GetInt64());
        Assert.Equal(["build.bin", "key.pem", "out.img", "passphrase", "public.pem"], FileNames());
    }

    [FactNeeds("openssl")]
    public async Task Key_OpensWithOpenSslAndItsPassphrase()
    {
        await MakeKeyAsync();
        Assert.Equal(File.ReadAllText(_directory["public.pem"]), await Tool.RunOkAsync("openssl", "pkey", "-in", _directory["key.pem"], "-passin", "file:" + _directory["passphrase"], "-pubout"));
        Assert.Contains("NIST CURVE: P-256", await Tool.RunOkAsync("openssl", "pkey", "-pubin", "-in", _directory["public.pem"], "-noout", "-text"), StringComparison.Ordinal);
        var (wrong, _, _) = await Tool.RunAsync("openssl", ["pkey", "-in", _directory["key.pem"], "-passin", "pass:another passphrase"]);
        Assert.NotEqual(0, wrong);
    }

    [Fact]
    public async Task Key_IsOverwrittenOnlyByForce()
    {
        await MakeKeyAsync();
        var (key, publicKey) = (File.ReadAllText(_directory["key.pem"]), File.ReadAllText(_directory["public.pem"]));
        var (code, _, error) = await KeygenAsync("key.pem", "other.pem");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("key.pem is there already", error, StringComparison.Ordinal);
        (code, _, error) = await KeygenAsync("other.pem", "public.pem");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("public.pem is there already", error, StringComparison.Ordinal);
        (code, _, error) = await KeygenAsync("other.pem", "nowhere/public.pem");
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains($"There is no folder {_directory["nowhere"]} to put public.pem into.", error, StringComparison.Ordinal);
        Assert.Equal((key, publicKey), (File.ReadAllText(_directory["key.pem"]), File.ReadAllText(_directory["public.pem"])));
        Assert.Equal(["key.pem", "passphrase", "public.pem"], FileNames());

        (code, _, _) = await KeygenAsync("key.pem", "public.pem", "--force");
        Assert.Equal(ExitCode.Ok, code);
        Assert.NotEqual(key, File.ReadAllText(_directory["key.pem"]));
        Assert.NotEqual(publicKey, File.ReadAllText(_directory["public.pem"]));
    }

    [Theory]
    [InlineData("short", "fewer than 12 characters")]
    [InlineData("", "empty")]
    [InlineData(null, "--passphrase-file is missing")]
    public async Task Key_WithoutAGoodPassphrase_IsNotMade(string? passphrase, string reason)
    {
        var (code, output, error) = await StationCtl.RunAsync(
            null, passphrase, ["firmware", "keygen", "--key", _directory["key.pem"], "--public-key", _directory["public.pem"], .. passphrase is null ? Array.Empty<string>() : ["--passphrase-file", "-"]]);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Empty(FileNames());
    }

    [FactNeeds("setsid", "bash")]
    public async Task PersonAtATerminal_IsAskedTwice_AndNothingTypedIsShown()
    {
        using var terminal = new PseudoTerminal();
        using var process = Tool.Start(
            "bash", ["-c", "exec setsid --ctty --wait \"${@:2}\" <> \"$1\" >&0 2>&0", "terminal", terminal.Port, "dotnet", typeof(ControlCommand).Assembly.Location, "firmware", "keygen", "--key", _directory["key.pem"], "--public-key", _directory["public.pem"]]);
        foreach (var question in new[] { "Passphrase: ", "Once more:  " })
        {
            Assert.Equal(question, System.Text.Encoding.ASCII.GetString(terminal.Read(question.Length)));
            terminal.Type(Passphrase + "\n");
            Assert.Equal("\r\n"u8.ToArray(), terminal.Read(2));
        }

        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        using var key = ECDsa.Create();
        key.ImportFromEncryptedPem(File.ReadAllText(_directory["key.pem"]), Passphrase);
        Assert.Equal(File.ReadAllText(_directory["public.pem"]).Trim(), key.ExportSubjectPublicKeyInfoPem());
    }

    [Theory]
    [InlineData("'301' is not a model code", "--models", "3012,301", "--version", "2.0", "--sequence", "7")]
    [InlineData("each once", "--models", "3012,3012", "--version", "2.0", "--sequence", "7")]
    [InlineData("its version has other than", "--models", "3012", "--version", "2/0", "--sequence", "7")]
    [InlineData("its sequence is 0", "--models", "3012", "--version", "2.0", "--sequence", "0")]
    [InlineData("its minimum sequence is 8", "--models", "3012", "--version", "2.0", "--sequence", "7", "--minimum-sequence", "8")]
    [InlineData("application's name", "--models", "3012", "--version", "2.0", "--sequence", "7", "--application", "../viewer")]
    [InlineData("is no moment", "--models", "3012", "--version", "2.0", "--sequence", "7", "--expires", "soon")]
    [InlineData("is over already", "--models", "3012", "--version", "2.0", "--sequence", "7", "--expires", "2020-01-31")]
    public async Task WhatNoImageMaySay_IsRefusedBeforeTheKeyIsOpened(string reason, params string[] arguments)
    {
        File.WriteAllBytes(_directory["build.bin"], [1]);
        var (code, _, error) = await SignAsync(arguments);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal(["build.bin"], FileNames());
    }

    [Fact]
    public async Task WhatCanNotBeSigned_LeavesNothing()
    {
        await MakeKeyAsync();
        string[] good = ["--models", "3012", "--version", "2.0", "--sequence", "7"];
        Assert.Contains("There is no file", (await SignAsync(good)).Error, StringComparison.Ordinal);
        File.WriteAllBytes(_directory["build.bin"], []);
        Assert.Contains("its payload has 0 bytes", (await SignAsync(good)).Error, StringComparison.Ordinal);
        File.WriteAllBytes(_directory["build.bin"], [1, 2, 3]);
        Assert.Contains("not a private key under a passphrase", (await SignAsync([.. good, "--key", _directory["public.pem"]])).Error, StringComparison.Ordinal);
        DurableFile.Write(_directory["passphrase"], "another passphrase\n"u8);
        Assert.Contains("another passphrase, or is not an EC key", (await SignAsync(good)).Error, StringComparison.Ordinal);
        Assert.Equal(["build.bin", "key.pem", "passphrase", "public.pem"], FileNames());

        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP384))
            File.WriteAllText(_directory["key.pem"], key.ExportEncryptedPkcs8PrivateKeyPem("another passphrase", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        Assert.Contains("P-256", (await SignAsync(good)).Error, StringComparison.Ordinal);
        Assert.Equal(["build.bin", "key.pem", "passphrase", "public.pem"], FileNames());
    }

    [Fact]
    public async Task Image_IsOverwrittenOnlyByForce_AndThePayloadNever()
    {
        await MakeKeyAsync();
        File.WriteAllBytes(_directory["build.bin"], [1, 2, 3]);
        File.WriteAllText(_directory["out.img"], "what was there");
        string[] good = ["--models", "3012", "--version", "2.0", "--sequence", "7"];
        var (code, _, error) = await SignAsync(good);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("out.img is there already", error, StringComparison.Ordinal);
        Assert.Equal("what was there", File.ReadAllText(_directory["out.img"]));
        (code, _, _) = await SignAsync([.. good, "--force"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal("PSIMAGE1"u8.ToArray(), File.ReadAllBytes(_directory["out.img"])[..8]);
        (code, _, error) = await SignAsync([.. good, "--force", "--out", _directory["build.bin"]]);
        Assert.Equal(ExitCode.Local, code);
        Assert.Contains("the payload itself", error, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_directory["build.bin"]));
    }

    private IEnumerable<string> FileNames() => Directory.EnumerateFiles(_directory.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private async Task MakeKeyAsync()
    {
        var (code, output, error) = await KeygenAsync("key.pem", "public.pem");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains(FirmwareKey.ReadPem(File.ReadAllText(_directory["public.pem"]))[0].Id.ToString(), output, StringComparison.Ordinal);
        Assert.DoesNotContain(Passphrase, output, StringComparison.Ordinal);
    }

    private Task<(ExitCode ExitCode, string Output, string Error)> KeygenAsync(string key, string publicKey, params string[] more)
    {
        if (!File.Exists(_directory["passphrase"]))
            DurableFile.Write(_directory["passphrase"], System.Text.Encoding.ASCII.GetBytes(Passphrase + "\n"));
        return StationCtl.RunAsync(null, null, ["firmware", "keygen", "--key", _directory[key], "--public-key", _directory[publicKey], "--passphrase-file", _directory["passphrase"], .. more]);
    }

    /// <summary>Signs build.bin with key.pem into out.img; <paramref name="arguments"/> may say another key or image.</summary>
    private Task<(ExitCode ExitCode, string Output, string Error)> SignAsync(params string[] arguments) => StationCtl.RunAsync(
        null,
        null,
        [
            "firmware", "sign", _directory["build.bin"], "--passphrase-file", _directory["passphrase"], .. arguments,
            .. arguments.Contains("--key") ? Array.Empty<string>() : ["--key", _directory["key.pem"]],
            .. arguments.Contains("--out") ? Array.Empty<string>() : ["--out", _directory["out.img"]],
        ]);
}

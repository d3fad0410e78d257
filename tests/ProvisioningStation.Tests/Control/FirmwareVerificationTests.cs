using System.Text.Json;
using ProvisioningStation.Control;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Control;

/// <summary><c>stationctl firmware inspect</c> and <c>verify</c>: what an image says of itself, and everything that is wrong with it.</summary>
public sealed class FirmwareVerificationTests : IDisposable
{
    private static readonly byte[] Payload = TestImages.Payload(100_000);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task GoodImage_IsGood()
    {
        Write(TestImages.Shared.Make(Payload));
        var (code, output, error) = await VerifyAsync("--model", "3012", "--installed-sequence", "2", "--floor", "2");
        Assert.True(code == ExitCode.Ok, error + output);
        Assert.Contains("Firmware 2.0, sequence 2, for 3012", output, StringComparison.Ordinal);
        Assert.EndsWith("The image is good." + Environment.NewLine, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("payload", "was changed: its SHA-256 is")]
    [InlineData("truncated", "99999 of the 100000 bytes")]
    [InlineData("appended", "more behind the 100000 bytes")]
    [InlineData("version", "does not fit its manifest")]
    [InlineData("signature", "does not fit its manifest")]
    [InlineData("key", "a key that is not trusted here")]
    [InlineData("half a header", "ends before its header does")]
    [InlineData("text", "does not begin with PSIMAGE1")]
    public async Task ImageThatWasNotSignedSo_IsNamed_WithExitCode5(string what, string reason)
    {
        using var other = new TestImages();
        var good = TestImages.Shared.Make(Payload);
        var version = good.AsSpan().IndexOf("2.0"u8);
        Write(what switch
        {
            "payload" => Flip(good, good.Length - 500),
            "truncated" => good[..^1],
            "appended" => [.. good, 0],
            "version" => Flip(good, version),
            "signature" => Flip(good, good.Length - Payload.Length - 1),
            "key" => other.Make(Payload),
            "half a header" => good[..100],
            _ => "not an image at all"u8.ToArray(),
        });
        var (code, output, _) = await VerifyAsync();
        Assert.Equal(ExitCode.Conflict, code);
        Assert.Contains(reason, Assert.Single(output.Split(Environment.NewLine), line => line.StartsWith("BAD", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.EndsWith("The image is NOT good." + Environment.NewLine, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this board is A123", "--model", "A123")]
    [InlineData("older than what is installed (sequence 2 < 3)", "--installed-sequence", "3")]
    [InlineData("sequence 2 is below 3", "--floor", "3")]
    public async Task ImageThatTheBoardMayNotInstall_IsNamed_WithExitCode3(string reason, params string[] board)
    {
        Write(TestImages.Shared.Make(Payload));
        var (code, output, _) = await VerifyAsync([.. board, "--json"]);
        Assert.Equal(ExitCode.NotAllowed, code);
        var verdict = JsonDocument.Parse(output).RootElement;
        Assert.False(verdict.GetProperty("ok").GetBoolean());
        var checks = verdict.GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal(["signature", "rules", "payload"], checks.Select(check => check.GetProperty("name").GetString()!));
        Assert.Equal([true, false, true], checks.Select(check => check.GetProperty("ok").GetBoolean()));
        Assert.Contains(reason, checks[1].GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Equal("2.0", verdict.GetProperty("image").GetProperty("version").GetString());
    }

    [Fact]
    public async Task Expired_IsSaidWithoutABoard_AndAllThatIsWrongIsTold()
    {
        var image = TestImages.Shared.Make(Payload, manifest => manifest with { Expires = new DateTimeOffset(2020, 1, 31, 0, 0, 0, TimeSpan.Zero) });
        Write(image);
        var (code, output, _) = await VerifyAsync();
        Assert.Equal(ExitCode.NotAllowed, code);
        Assert.Contains("it expired at 2020-01-31 00:00:00Z", output, StringComparison.Ordinal);

        Write(Flip(image[..^1], image.Length - Payload.Length - 1));
        (code, output, _) = await VerifyAsync();
        Assert.Equal(ExitCode.Conflict, code);
        Assert.Equal(3, output.Split(Environment.NewLine).Count(line => line.StartsWith("BAD", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhatIsNotThere_IsExitCode1()
    {
        Write(TestImages.Shared.Make(Payload));
        File.WriteAllText(_directory["empty.pem"], "no key");
        foreach (var (arguments, reason) in new (string[] Arguments, string Reason)[]
        {
            (["firmware", "verify", _directory["a.img"], "--keys", _directory["nothing.pem"]], "--keys: there is no file"),
            (["firmware", "verify", _directory["a.img"], "--keys", _directory["empty.pem"]], "There is no PUBLIC KEY"),
            (["firmware", "verify", _directory["nothing.img"], "--keys", TestImages.Shared.WriteKeys(_directory["keys.pem"])], "There is no file"),
            (["firmware", "inspect", _directory["nothing.img"]], "There is no file"),
            (["firmware", "inspect", _directory["empty.pem"]], "does not begin with PSIMAGE1"),
        })
        {
            var (code, _, error) = await StationCtl.RunAsync(null, null, arguments);
            Assert.Equal(ExitCode.Local, code);
            Assert.Contains(reason, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Inspect_TellsWhatTheHeaderSays_AlsoOfHalfAnImage()
    {
        var image = TestImages.Shared.Make(Payload, manifest => manifest with { Kind = ImageKind.Application, Name = "viewer", MinimumSequence = 1, Models = [ModelCode.Parse("3012"), ModelCode.Parse("A123")] });
        Write(image);
        var (code, output, error) = await StationCtl.RunAsync(null, null, ["firmware", "inspect", _directory["a.img"], "--json"]);
        Assert.True(code == ExitCode.Ok, error);
        var said = JsonDocument.Parse(output).RootElement;
        Assert.Equal("Application", said.GetProperty("kind").GetString());
        Assert.Equal("viewer", said.GetProperty("application").GetString());
        Assert.Equal(1, said.GetProperty("minimumSequence").GetInt64());
        Assert.Equal(Fingerprint.Of(Payload).ToString(), said.GetProperty("payloadSha256").GetString());
        Assert.Equal(TestImages.Shared.TrustedKeys[0].Id.ToString(), said.GetProperty("keyId").GetString());

        Write(image[..1000]);
        (code, output, _) = await StationCtl.RunAsync(null, null, ["firmware", "inspect", _directory["a.img"]]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("application viewer", output, StringComparison.Ordinal);
        Assert.Contains("3012, A123", output, StringComparison.Ordinal);
        Assert.Contains("The file has 1000 bytes: it is not whole.", output, StringComparison.Ordinal);
    }

    private static byte[] Flip(byte[] image, int at)
    {
        var changed = (byte[])image.Clone();
        changed[at] ^= 1;
        return changed;
    }

    private void Write(byte[] image) => File.WriteAllBytes(_directory["a.img"], image);

    private Task<(ExitCode ExitCode, string Output, string Error)> VerifyAsync(params string[] board) =>
        StationCtl.RunAsync(null, null, ["firmware", "verify", _directory["a.img"], "--keys", TestImages.Shared.WriteKeys(_directory["keys.pem"]), .. board]);
}

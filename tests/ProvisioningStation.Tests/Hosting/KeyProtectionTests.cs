using System.Security.Cryptography;
using ProvisioningStation.Hosting;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

public sealed class KeyProtectionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keys").FullName;

    [Fact]
    public void WrappedKey_OpensOnlyForItsOwner()
    {
        using var protection = KeyProtection.LoadOrCreate(Path.Combine(_directory, "wrap.key"));
        var wrapped = protection.Wrap([1, 2, 3], "3012-100001");
        Assert.Equal([1, 2, 3], protection.Unwrap(wrapped, "3012-100001"));
        Assert.ThrowsAny<CryptographicException>(() => protection.Unwrap(wrapped, "3012-100002"));
        wrapped[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => protection.Unwrap(wrapped, "3012-100001"));
        Assert.ThrowsAny<CryptographicException>(() => protection.Unwrap([1, 2], "3012-100001"));
    }

    [Fact]
    public void SameKeyWrappedTwice_DiffersInEveryNonce()
    {
        using var protection = KeyProtection.LoadOrCreate(Path.Combine(_directory, "wrap.key"));
        var nonces = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(protection.Wrap([1], "x").AsSpan(0, 12))).ToHashSet();
        Assert.Equal(1000, nonces.Count);
    }

    [Fact]
    public void WrappingKey_IsMadeForTheOwnerAloneAndReadAgain()
    {
        var file = Path.Combine(_directory, "wrap.key");
        using var first = KeyProtection.LoadOrCreate(file);
        using var second = KeyProtection.Load(file);
        Assert.Equal(DataDirectory.OwnerOnlyFile, File.GetUnixFileMode(file));
        Assert.Equal([9], second.Unwrap(first.Wrap([9], "x"), "x"));
    }

    [Fact]
    public void WrappingKeyThatOthersCanRead_IsRefusedWithTheCommandThatMendsIt()
    {
        var file = Path.Combine(_directory, "wrap.key");
        KeyProtection.LoadOrCreate(file).Dispose();
        File.SetUnixFileMode(file, DataDirectory.OwnerOnlyFile | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<ConfigurationException>(() => KeyProtection.Load(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    public void FileThatIsNoWrappingKey_IsRefused(string content)
    {
        var file = Path.Combine(_directory, "wrap.key");
        File.WriteAllText(file, content);
        File.SetUnixFileMode(file, DataDirectory.OwnerOnlyFile);
        Assert.Contains("wrap.key", Assert.Throws<ConfigurationException>(() => KeyProtection.Load(file)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}

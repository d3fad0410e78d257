using System.Net;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Ftp;

/// <summary>The updating side's FTP client with servers that others wrote. vsftpd knows no MLSD; Pure-FTPd does.</summary>
public sealed class ForeignFtpServerTests
{
    private readonly string _password = OneTimePassword.Create();

    [TheoryAsRoot("vsftpd")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public Task Vsftpd_TakesAndGivesWhatTheClientAsks(string address) => RunAsync("vsftpd", address);

    [FtpTheory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public Task PureFtpd_TakesAndGivesWhatTheClientAsks(string address) => RunAsync("pure-ftpd", address);

    private async Task RunAsync(string program, string address)
    {
        await using var server = await ForeignFtpServer.StartAsync(program, IPAddress.Parse(address), _password);
        await RefuseAsync(server);
        await using var client = await ConnectAsync(server);
        await client.LogInAsync(server.User, _password, default);
        await StoreAsync(client, server);
        await GoOnAsync(client, server);
        await ReadAsync(client, server);
        await BreakOffAsync(client, server);
        await ListAsync(client, server, hasSizes: program != "vsftpd");
        Assert.NotEmpty(await client.StatusAsync(default));
        await client.QuitAsync(default);
        await Assert.ThrowsAsync<FtpException>(() => client.StatusAsync(default));
    }

    private async Task RefuseAsync(ForeignFtpServer server)
    {
        await using var client = await ConnectAsync(server);
        var refused = await Assert.ThrowsAsync<FtpException>(() => client.LogInAsync(server.User, _password[1..], default));
        Assert.Equal(530, refused.Reply?.Code);
        Assert.DoesNotContain(_password[1..], refused.ToString(), StringComparison.Ordinal);
    }

    private static async Task StoreAsync(FtpClient client, ForeignFtpServer server)
    {
        var content = Content(3_000_001);
        var path = $"{server.Folder}/firmware.img";
        Assert.Null(await client.FindSizeAsync(path, default));
        await client.StoreAsync(path, new MemoryStream(content), 0, null, default);
        Assert.Equal(content, await File.ReadAllBytesAsync(server["firmware.img"]));
        Assert.Equal(content.Length, await client.FindSizeAsync(path, default));
        var refused = await Assert.ThrowsAsync<FtpException>(() => client.StoreAsync("/nowhere/firmware.img", new MemoryStream(content), 0, null, default));
        Assert.Equal(553, refused.Reply?.Code);
    }

    /// <summary>From a file, as the updating side does, behind parts of several lengths.</summary>
    private static async Task GoOnAsync(FtpClient client, ForeignFtpServer server)
    {
        var content = Content(2_000_003);
        var source = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(source, content);
            foreach (var length in new[] { 1, FtpUpload.ChunkLength - 1, FtpUpload.ChunkLength, 1_234_567, content.Length - 1, content.Length })
            {
                await client.StoreAsync($"{server.Folder}/part.img", new MemoryStream(content[..length]), 0, null, default);
                Assert.Equal(length, await client.FindSizeAsync($"{server.Folder}/part.img", default));
                await using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);
                await client.StoreAsync($"{server.Folder}/part.img", file, length, null, default);
                Assert.Equal(content, await File.ReadAllBytesAsync(server["part.img"]));
            }
        }
        finally
        {
            File.Delete(source);
        }
    }

    private static async Task ReadAsync(FtpClient client, ForeignFtpServer server)
    {
        await client.StoreAsync($"{server.Folder}/version.txt", new MemoryStream("1.0.3\n"u8.ToArray()), 0, null, default);
        Assert.Equal("1.0.3", await client.ReadTextAsync($"{server.Folder}/version.txt", default));
        Assert.Equal(550, (await Assert.ThrowsAsync<FtpException>(() => client.ReadTextAsync($"{server.Folder}/none.txt", default))).Reply?.Code);
    }

    /// <summary>The beginning of a file that is far longer than all buffers, of one that fits in them, and all of one; the same connection goes on behind each.</summary>
    private static async Task BreakOffAsync(FtpClient client, ForeignFtpServer server)
    {
        await using (var large = File.Create(server["large.img"]))
        {
            await large.WriteAsync(Content(10_000));
            large.SetLength(200_000_000);
        }

        foreach (var (name, length) in new[] { ("large.img", 4204), ("part.img", 4204), ("version.txt", 3), ("version.txt", 6), ("version.txt", 4204), ("large.img", 0) })
        {
            var beginning = await client.ReadBeginningAsync($"{server.Folder}/{name}", length, default);
            await using var file = File.OpenRead(server[name]);
            var expected = new byte[Math.Min(length, file.Length)];
            await file.ReadExactlyAsync(expected);
            Assert.Equal(expected, beginning);
            Assert.Equal(file.Length, await client.FindSizeAsync($"{server.Folder}/{name}", default));
        }

        Assert.Equal("1.0.3", await client.ReadTextAsync($"{server.Folder}/version.txt", default));
    }

    private static async Task ListAsync(FtpClient client, ForeignFtpServer server, bool hasSizes)
    {
        bool? isFolder = hasSizes ? false : null;
        long? Size(long size) => hasSizes ? size : null;
        Assert.Equal(
            [
                new FtpEntry("firmware.img", isFolder, Size(3_000_001)), new FtpEntry("large.img", isFolder, Size(200_000_000)), new FtpEntry("part.img", isFolder, Size(2_000_003)),
                new FtpEntry("version.txt", isFolder, Size(6)),
            ],
            (await client.ListAsync(server.Folder, default)).OrderBy(entry => entry.Name, StringComparer.Ordinal));
    }

    private static Task<FtpClient> ConnectAsync(ForeignFtpServer server) => FtpClient.ConnectAsync(new FtpEndpoint(server.Address, NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, default);

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private sealed class FtpTheoryAttribute : TheoryAttribute
    {
        public FtpTheoryAttribute() => Skip = FactAsRootAttribute.FindMissing(ForeignFtpServer.PureFtpd) is { } missing ? missing + " Debian's pure-ftpd can be unpacked beside vsftpd: see tests/run.sh." : null;
    }
}

using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority.Hostile;

/// <summary>Callers that drip (slow-loris), and bodies without end: each costs its own connection and nothing else.</summary>
public sealed class SlowCallerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await StartAsync("--Log:Level=Error");

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Theory]
    [InlineData("soap", "text/xml")]
    [InlineData(".well-known/est/simplereenroll", "application/pkcs10")]
    public async Task BodiesThatDrip_AreEndedAndOthersAreServedMeanwhile(string path, string type) => await EndedWhileOthersAreServedAsync(
        () => ConnectAsync(secure: true),
        $"POST /{path} HTTP/1.1\r\nHost: ca\r\nContent-Type: {type}\r\nContent-Length: 4000\r\n\r\n");

    [Fact]
    public async Task HeadersThatDrip_AreEndedAndOthersAreServedMeanwhile() =>
        await EndedWhileOthersAreServedAsync(() => ConnectAsync(secure: true), "POST /soap HTTP/1.1\r\nHost: ca\r\nX-Long: ");

    [Fact]
    public async Task HeadersThatDripInClear_AreEndedAndOthersAreServedMeanwhile() =>
        await EndedWhileOthersAreServedAsync(() => ConnectAsync(secure: false), "GET /crl HTTP/1.1\r\nHost: ca\r\nX-Long: ");

    [Fact]
    public async Task BodiesThatDripInClear_AreEndedAndOthersAreServedMeanwhile() => await EndedWhileOthersAreServedAsync(
        () => ConnectAsync(secure: false),
        "POST /ocsp HTTP/1.1\r\nHost: ca\r\nContent-Type: application/ocsp-request\r\nContent-Length: 400\r\n\r\n");

    [Fact]
    public async Task HandshakesThatNeverEnd_AreEndedAndOthersAreServedMeanwhile()
    {
        using var silent = new TcpClient();
        await silent.ConnectAsync(_ca.Address.Host, _ca.Address.Port);
        Assert.Single(await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1)));
        await EndsAsync(silent.GetStream());
    }

    [Theory]
    [InlineData(".well-known/est/simplereenroll", "application/pkcs10", 64 * 1024)]
    [InlineData("soap", "text/xml", 2 * 1024 * 1024)]
    public async Task ChunkedBodyWithoutEnd_IsRefusedBeforeItIsAllRead(string path, string type, int length)
    {
        await using var stream = await ConnectAsync(secure: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /{path} HTTP/1.1\r\nHost: ca\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"));
        var chunk = Encoding.ASCII.GetBytes("1000\r\n" + new string('A', 0x1000) + "\r\n");
        var answer = ReadToEndAsync(stream);
        try
        {
            for (var sent = 0; sent < length && !answer.IsCompleted; sent += 0x1000)
                await stream.WriteAsync(chunk);
        }
        catch (IOException)
        {
            // The CA has hung up.
        }

        Assert.Contains("RequestTooLarge", await answer.WaitAsync(Patience), StringComparison.Ordinal);
        Assert.Single(await _ca.IssueAsync(RequestId.New(), Numbers("3012", 1, 1)));
    }

    /// <summary>Fifty of them at once, one octet a second each.</summary>
    private async Task EndedWhileOthersAreServedAsync(Func<Task<Stream>> connectAsync, string beginning)
    {
        var slow = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => connectAsync()));
        var ends = slow.Select(stream => DripAsync(stream, beginning)).ToList();
        await Task.Delay(500);
        var served = Stopwatch.StartNew();
        Assert.Equal(20, (await _ca.IssueAsync(RequestId.New(), Numbers("3012", 100, 20))).Count);
        Assert.True(served.Elapsed < TimeSpan.FromSeconds(10), $"{served.Elapsed}");
        await Task.WhenAll(ends).WaitAsync(Patience + Patience);
    }

    private static async Task DripAsync(Stream stream, string beginning)
    {
        await using (stream)
        {
            var end = EndsAsync(stream);
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
                while (!end.IsCompleted)
                {
                    await stream.WriteAsync("A"u8.ToArray());
                    await Task.Delay(TimeSpan.FromSeconds(1));
                }
            }
            catch (IOException)
            {
                // The CA has hung up.
            }

            await end;
        }
    }

    /// <summary>Waits until the other side hangs up.</summary>
    private static async Task EndsAsync(Stream stream) => _ = await ReadToEndAsync(stream).WaitAsync(Patience + Patience);

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        var read = new MemoryStream();
        try
        {
            await stream.CopyToAsync(read);
        }
        catch (IOException)
        {
            // Hung up without a word.
        }

        return Encoding.UTF8.GetString(read.ToArray());
    }

    private async Task<Stream> ConnectAsync(bool secure)
    {
        var address = secure ? _ca.Address : _ca.PublicAddress;
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        if (!secure)
            return client.GetStream();
        using var identity = _ca.Identity("communication-terminal");
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificateContext = identity.Context,
            CertificateChainPolicy = PeerVerification.PolicyForServers(identity.Root),
        });
        return stream;
    }
}

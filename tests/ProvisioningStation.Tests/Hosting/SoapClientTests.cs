using System.Net.Sockets;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using Xunit;

namespace ProvisioningStation.Tests.Hosting;

public sealed class SoapClientTests
{
    /// <summary>The platform lets it out bare where the peer resets a connection between its making and its first use.</summary>
    [Fact]
    public async Task ConnectionResetBeforeItsFirstUse_IsUnavailable()
    {
        using var http = new HttpClient(new Failing(new SocketException((int)SocketError.NotConnected))) { BaseAddress = new Uri("https://127.0.0.1:9/") };
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() =>
            new SoapClient(http, ErrorCode.BoardUnavailable).CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(new(), default));
        Assert.Equal(ErrorCode.BoardUnavailable, refused.Code);
        Assert.Contains("https://127.0.0.1:9/ can't be reached", refused.Message, StringComparison.Ordinal);
    }

    private sealed class Failing(Exception cause) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw cause;
    }
}

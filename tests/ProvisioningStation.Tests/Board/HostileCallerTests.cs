using System.Net;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>Whoever is on the cable may send anything; the board answers with a fault or not at all, and goes on.</summary>
public sealed class HostileCallerTests : IDisposable
{
    private const string Start = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>";
    private const string End = "</soap:Body></soap:Envelope>";

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string, string> Messages => new()
    {
        { "", "MalformedRequest" },
        { "nonsense", "MalformedRequest" },
        { Start, "MalformedRequest" },
        { "<!DOCTYPE x [<!ENTITY a \"b\">]>" + Start + "<GetDeviceInformation xmlns=\"urn:provisioning-station:v1\">&a;</GetDeviceInformation>" + End, "MalformedRequest" },
        { Start + "<GetDeviceInformation xmlns=\"urn:other\"/>" + End, "MalformedRequest" },
        { Start + "<GetDeviceInformation xmlns=\"urn:provisioning-station:v1\"><More/></GetDeviceInformation>" + End, "MalformedRequest" },
        { Start + "<EraseEverything xmlns=\"urn:provisioning-station:v1\"/>" + End, "NotSupported" },
        { Start + "<WriteCommonCertificate xmlns=\"urn:provisioning-station:v1\"><CertificatePack><RootCertificate>%</RootCertificate></CertificatePack></WriteCommonCertificate>" + End, "MalformedRequest" },
        { Start + new string(' ', 70_000) + End, "RequestTooLarge" },
    };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task MessageThatIsNone_IsAFaultWithACode_AndTheBoardGoesOn(string message, string code)
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler()) { BaseAddress = board.Address };
        using var content = new StringContent(message, Encoding.UTF8, "text/xml");
        using var answer = await http.PostAsync("soap", content);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        var fault = await answer.Content.ReadAsStringAsync();
        Assert.Contains($">{code}</Code>", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", fault, StringComparison.Ordinal);
        Assert.Equal(BoardState.Blank, (await board.Client(null).LookAsync()).State);
    }

    [Theory]
    [InlineData(0x03, 0x02)] // TLS 1.1
    [InlineData(0x03, 0x01)] // TLS 1.0
    public async Task HandshakeBelowTls12_IsRefusedWithTheAlertForIt(byte major, byte minor)
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        using var socket = new TcpClient();
        await socket.ConnectAsync(board.Address.Host, board.Address.Port);
        byte[] hello = [major, minor, .. new byte[32], 0, 0, 2, 0xC0, 0x09, 1, 0]; // ECDHE-ECDSA-AES128-SHA, no compression
        byte[] record = [22, 3, 1, 0, (byte)(hello.Length + 4), 1, 0, 0, (byte)hello.Length, .. hello];
        var stream = socket.GetStream();
        await stream.WriteAsync(record);
        var alert = new byte[7];
        await stream.ReadExactlyAsync(alert);
        Assert.Equal((21, 70), (alert[0], alert[6])); // alert, protocol_version
    }

    [Fact]
    public async Task CallersThatSendByteByByte_DoNotKeepTheStationWaiting()
    {
        await using var board = await RunningBoard.StartAsync(_directory.Path);
        var slow = new List<TcpClient>();
        for (var i = 0; i < 20; i++)
        {
            var socket = new TcpClient();
            await socket.ConnectAsync(board.Address.Host, board.Address.Port);
            await socket.GetStream().WriteAsync(new byte[] { 22 });
            slow.Add(socket);
        }

        Assert.Equal(BoardState.Blank, (await board.Client(null).LookAsync()).State);
        slow.ForEach(socket => socket.Dispose());
    }
}

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.SystemTests.BoardInC;

/// <summary>What src/Board/README.md asks of every board and a scan does not show: messages that are none, connections that stay, clocks that were never set.</summary>
public sealed partial class BoardInCTests
{
    private const string Start = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>";
    private const string End = "</soap:Body></soap:Envelope>";

    private static readonly (string Message, string Code)[] Messages =
    [
        ("", "MalformedRequest"),
        ("nonsense", "MalformedRequest"),
        (Start, "MalformedRequest"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]>" + Start + "<GetDeviceInformation xmlns=\"urn:provisioning-station:v1\">&a;</GetDeviceInformation>" + End, "MalformedRequest"),
        (Start + "<GetDeviceInformation xmlns=\"urn:provisioning-station:v1\"><More/></GetDeviceInformation>" + End, "MalformedRequest"),
        (Start + "<EraseEverything xmlns=\"urn:provisioning-station:v1\"/>" + End, "NotSupported"),
        (Start + "<InitializeParameters xmlns=\"urn:provisioning-station:v1\"/>" + End, "NotAuthorized"),
        (Start + "<WriteCommonCertificate xmlns=\"urn:provisioning-station:v1\"><CertificatePack><RootCertificate>%</RootCertificate></CertificatePack></WriteCommonCertificate>" + End, "MalformedRequest"),
        (Start + new string(' ', 70_000) + End, "RequestTooLarge"),
    ];

    /// <summary>On no line's cable, so that nobody gives it the common certificate.</summary>
    private BoardOnCable BlankBoard => new(running.Program, Path.Combine(Factory.Directory, $"memories-{Guid.NewGuid():N}"), new Uri($"https://127.0.19.2:{Factory.LastPort}/"));

    [FactNeedsGsoap]
    public async Task MessageThatIsNone_IsAFaultWithACode_AndTheBoardGoesOn()
    {
        await using var blank = BlankBoard;
        await blank.PowerOnAsync();
        foreach (var (message, code) in Messages)
        {
            using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler()) { BaseAddress = blank.Cable, Timeout = TimeSpan.FromSeconds(20) };
            using var content = new StringContent(message, Encoding.UTF8, "text/xml");
            using var answer = await http.PostAsync("soap", content);
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            Assert.Contains($">{code}</Code>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await blank.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task ConnectionStays_BehindAFaultAndTheWsdl()
    {
        await using var blank = BlankBoard;
        await blank.PowerOnAsync();
        var connections = 0;
        var handler = TlsIdentity.CreateUnauthenticatedHandler();
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            connections++;
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
        using var http = new HttpClient(handler) { BaseAddress = blank.Cable };
        var description = await http.GetStringAsync(new Uri(blank.Cable, "soap?wsdl"));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(running.Program)!, "board.wsdl")), description);
        foreach (var operation in (string[])["GetDeviceInformation", "InitializeParameters", "GetDeviceInformation"])
        {
            using var content = new StringContent($"{Start}<{operation} xmlns=\"urn:provisioning-station:v1\"/>{End}", Encoding.UTF8, "text/xml");
            using var answer = await http.PostAsync("soap", content);
            Assert.Contains(operation == "InitializeParameters" ? ">NotAuthorized</Code>" : ">Blank</", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Keep-Alive")); // a time there that is shorter than the station's pauses would end its connection
        }

        Assert.Equal(1, connections);
        await blank.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task CallerThatNeverBeginsTls_IsSentAway_AndKeepsNobodyWaiting()
    {
        await using var blank = BlankBoard;
        await blank.PowerOnAsync();
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(blank.Cable.Host, blank.Cable.Port);
        using var http = new HttpClient(TlsIdentity.CreateUnauthenticatedHandler()) { BaseAddress = blank.Cable };
        Assert.NotEmpty(await http.GetStringAsync(new Uri(blank.Cable, "soap?wsdl")));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await silent.ReceiveAsync(new byte[1], limit.Token));
        await blank.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task ClockThatWasNeverSet_IsProvisionedLikeAnyOther_AndAWrongOneTakesNothingBack()
    {
        await _board.PowerOnAsync(clock: DateTimeOffset.UnixEpoch);
        var number = await NextUnitAsync();
        Assert.Equal(Verdict.Pass, (await ScanAsync(number)).Verdict);
        await AssertProvedAsync(number);
        await _board.EndAsync();

        await _board.PowerOnAsync(clock: DateTimeOffset.UnixEpoch);
        using var station = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Factory.Layout.Line("1002")));
        Assert.Equal(BoardState.Initialized, (await LookAsync(station.CreateHandler(peer => peer.Name == number, number))).State);
        await _board.EndAsync();

        await _board.PowerOnAsync(clock: new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(_board.Fingerprint, (await SeenByOpenSslAsync()).Fingerprint);
        await _board.EndAsync();
    }

    [FactNeedsGsoap]
    public async Task BitThatChangesInNvram_IsFound_AndTheNumberIsTakenFromTheCertificate()
    {
        await _board.PowerOnAsync();
        var number = await NextUnitAsync();
        Assert.Equal(Verdict.Pass, (await ScanAsync(number)).Verdict);
        using var station = TlsIdentity.Load(new TlsOptions(), new DataDirectory(Factory.Layout.Line("1002")));
        Task<GetDeviceInformationResponse> LookAtItAsync() => LookAsync(station.CreateHandler(peer => peer.Name == number, number));
        foreach (var (area, state) in (ValueTuple<string, BoardState>[])[("nvram/machine-number", BoardState.Initialized), ("nvram/counters", BoardState.Initialized), ("nvram/initial-values", BoardState.Certified)])
        {
            await _board.EndAsync();
            _board.Rot(area);
            await _board.PowerOnAsync();
            var information = await LookAtItAsync();
            Assert.Equal((number, state), (information.MachineNumber.ToString(), information.State));
        }

        Assert.Equal(number, _board.MachineNumber);
        await _board.EndAsync();
    }

    private static byte[] LargerThanAnArea()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=large", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("1.2.3.4", new byte[13_000], critical: false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.RawData;
    }
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>
/// One TLS connection to whatever is on the cable, with what it proved to be. It is never quietly made anew: behind the same address another board may have come,
/// so a connection that broke stays broken.
/// </summary>
internal sealed class BoardConnection : IDisposable
{
    private readonly NetworkPort _port;
    private readonly HttpClient _http;
    private readonly SoapClient _soap;
    private PeerIdentity? _peer;

    private BoardConnection(BoardCableOptions options, NetworkPort port, TlsIdentity identity)
    {
        _port = port;
        var handler = identity.CreateHandler(static peer => peer.Role is Role.Board or Role.Device, "a board", ErrorCode.ForeignBoard);
        port.Bind(handler);
        handler.ConnectTimeout = options.ConnectTimeout;
        handler.MaxConnectionsPerServer = 1;
        handler.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
        handler.PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan;
        handler.SslOptions.RemoteCertificateValidationCallback = Accept;
        _http = new HttpClient(handler) { BaseAddress = options.Address, Timeout = options.Timeout };
        _soap = new SoapClient(_http, ErrorCode.BoardUnavailable);
    }

    /// <summary>Who the handshake proved it to be: <see cref="Role.Device"/>, <see cref="Role.Board"/>, or <see cref="Role.Anonymous"/> for a blank board.</summary>
    public PeerIdentity Peer => _peer!;

    /// <summary>What the board said of itself last.</summary>
    public GetDeviceInformationResponse Information { get; private set; } = null!;

    /// <summary>Connects and asks the board who it is.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardUnavailable"/>, <see cref="ErrorCode.ForeignBoard"/>.</exception>
    public static async Task<BoardConnection> OpenAsync(BoardCableOptions options, NetworkPort port, TlsIdentity identity, StationCall call, CancellationToken cancellationToken)
    {
        if (port.FindProblem() is { } problem)
            throw new ProvisioningException(ErrorCode.BoardUnavailable, problem);
        var connection = new BoardConnection(options, port, identity);
        try
        {
            await connection.AskAsync(call, cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks the board again who it is.</summary>
    public async Task AskAsync(StationCall call, CancellationToken cancellationToken)
    {
        var information = await CallAsync<GetDeviceInformationRequest, GetDeviceInformationResponse>(call, new GetDeviceInformationRequest(), cancellationToken);
        if (Peer.Role == Role.Anonymous && Information is null && information.State != BoardState.Blank)
            throw new ProvisioningException(ErrorCode.ForeignBoard, "What is on the cable says that it has a certificate, but does not present it.");
        Information = information;
    }

    /// <summary>Calls <paramref name="call"/>.</summary>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.BoardUnavailable"/>; <see cref="ErrorCode.ForeignBoard"/> where the answer is none, or a fault that no board says; the board's own faults.
    /// </exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(StationCall call, TRequest request, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        KillPoint.Reached(LineStationKillPoints.BeforeCall(call));
        try
        {
            var response = await _soap.CallAsync<TRequest, TResponse>(request, cancellationToken);
            KillPoint.Reached(LineStationKillPoints.AfterCall(call));
            return response;
        }
        catch (ProvisioningException lost) when (lost is { SaidByPeer: false, Code: ErrorCode.BoardUnavailable } && _port.FindProblem() is { } problem)
        {
            throw new ProvisioningException(ErrorCode.BoardUnavailable, problem, lost);
        }
        catch (ProvisioningException strange) when (strange.SaidByPeer ? !MaySay(strange.Code) : strange.Code is not (ErrorCode.BoardUnavailable or ErrorCode.ForeignBoard))
        {
            var what = strange.SaidByPeer ? $"refuses with {strange.Code}, which no board says" : "answers something that no board answers";
            throw new ProvisioningException(ErrorCode.ForeignBoard, $"What is on the cable {what}: {strange.Message}", strange);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The faults of src/Board/README.md. Any other code would be taken for the terminal's word, or for the station's own, and tell the worker something that is not so.</summary>
    private static bool MaySay(ErrorCode code) => code is ErrorCode.Internal or ErrorCode.MalformedRequest or ErrorCode.RequestTooLarge or ErrorCode.NotAuthorized
        or ErrorCode.InvalidMachineNumber or ErrorCode.InvalidCertificatePack or ErrorCode.WrongBoard or ErrorCode.CommonCertificateExists or ErrorCode.BoardBusy
        or ErrorCode.WriteFailed or ErrorCode.Conflict or ErrorCode.NotSupported or ErrorCode.StorageFull;

    private bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (_peer is not null)
            throw new ProvisioningException(ErrorCode.BoardUnavailable, "The connection to the board was lost.");
        _peer = PeerVerification.Identify(certificate, chain, errors, out var problem);
        if (_peer is null && certificate is not null && certificate.Subject == certificate.Issuer)
            _peer = PeerIdentity.Anonymous; // signed by itself: a blank board, if it also says so
        return _peer?.Role switch
        {
            Role.Device or Role.Board or Role.Anonymous => true,
            null => throw new ProvisioningException(ErrorCode.ForeignBoard, $"What is on the cable is not one of our boards: {problem}."),
            _ => throw new ProvisioningException(ErrorCode.ForeignBoard, $"What is on the cable is not a board: it is {_peer}."),
        };
    }
}

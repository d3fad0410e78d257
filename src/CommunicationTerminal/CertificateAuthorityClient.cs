using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>The CA as the terminal sees it. Whatever keeps it from answering is <see cref="ErrorCode.CaUnavailable"/>; its refusals keep their own codes.</summary>
internal sealed class CertificateAuthorityClient : IDisposable
{
    private readonly HttpClient _batchHttp;
    private readonly HttpClient _singleHttp;
    private readonly SoapClient _batch;
    private readonly SoapClient _single;
    private readonly TimeSpan _chunkTimeout;
    private readonly TimeProvider _time;

    /// <summary>Calls the CA at <paramref name="options"/>' address, and nobody else.</summary>
    public CertificateAuthorityClient(CertificateAuthorityOptions options, DailyBatchOptions batch, TlsIdentity identity, TimeProvider time)
    {
        var handler = identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA", ErrorCode.CaUnavailable);
        _batchHttp = new HttpClient(handler, disposeHandler: true) { BaseAddress = options.Address, Timeout = Timeout.InfiniteTimeSpan };
        _singleHttp = new HttpClient(handler, disposeHandler: false) { BaseAddress = options.Address, Timeout = options.Timeout };
        _batch = new SoapClient(_batchHttp, ErrorCode.CaUnavailable);
        _single = new SoapClient(_singleHttp, ErrorCode.CaUnavailable);
        _chunkTimeout = batch.ChunkTimeout;
        _time = time;
    }

    /// <summary>Requests many packs; <paramref name="receive"/> gets each as it comes, in the order asked, on a thread of its own that it may block.</summary>
    public async Task IssueAsync(IssueCertificatesRequest request, Action<CertificatePack> receive, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_chunkTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var answered = await _batch.CallAsync(
                request,
                IssueCertificatesResponse.Schema.Name,
                reader => IssueCertificatesResponse.ReadEach(reader, receive),
                either.Token);
            RequireSame(request.RequestId, answered);
        }
        catch (Exception cause) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && cause is not ProvisioningException)
        {
            throw new ProvisioningException(ErrorCode.CaUnavailable, $"The CA did not answer request {request.RequestId} within {_chunkTimeout}.", cause);
        }
    }

    /// <summary>Requests the pack of one unit.</summary>
    public async Task<CertificatePack> IssueOneAsync(RequestId requestId, MachineNumber number, CancellationToken cancellationToken)
    {
        CertificatePack? pack = null;
        await IssueOneAsync();
        return pack ?? throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA sent no pack for {number}.");

        async Task IssueOneAsync() => RequireSame(requestId, await _single.CallAsync(
            new IssueCertificatesRequest(requestId, [number]),
            IssueCertificatesResponse.Schema.Name,
            reader => IssueCertificatesResponse.ReadEach(reader, received => pack = received),
            cancellationToken));
    }

    /// <summary>Requests a new certificate for a unit whose current one could not be written.</summary>
    public async Task<CertificatePack> ReissueAsync(RequestId requestId, MachineNumber number, string reason, CancellationToken cancellationToken)
    {
        var response = await _single.CallAsync<ReissueCertificateRequest, ReissueCertificateResponse>(new ReissueCertificateRequest(requestId, number, reason), cancellationToken);
        RequireSame(requestId, response.RequestId);
        return response.CertificatePack;
    }

    /// <summary>Requests a certificate for a key that the unit's board has made (P-28); with a <paramref name="reason"/>, in place of its valid one.</summary>
    public async Task<CertificatePack> SignAsync(RequestId requestId, MachineNumber number, byte[] certificateRequest, string? reason, CancellationToken cancellationToken)
    {
        var request = new SignCertificateRequestRequest(requestId, number, certificateRequest, reason);
        var response = await _single.CallAsync<SignCertificateRequestRequest, SignCertificateRequestResponse>(request, cancellationToken);
        RequireSame(requestId, response.RequestId);
        return response.CertificatePack;
    }

    /// <summary>Requests the common certificate.</summary>
    public async Task<CertificatePack> GetCommonAsync(CancellationToken cancellationToken)
    {
        var requestId = RequestId.New();
        var response = await _single.CallAsync<GetCommonCertificateRequest, GetCommonCertificateResponse>(new GetCommonCertificateRequest(requestId), cancellationToken);
        RequireSame(requestId, response.RequestId);
        return response.CertificatePack;
    }

    /// <summary>Gives certificates back, which the CA revokes.</summary>
    public async Task ReturnAsync(ReturnCertificatesRequest request, CancellationToken cancellationToken)
    {
        var response = await _single.CallAsync<ReturnCertificatesRequest, ReturnCertificatesResponse>(request, cancellationToken);
        RequireSame(request.RequestId, response.RequestId);
    }

    /// <summary>Tells the CA that the packs of a request are stored here.</summary>
    public Task AcknowledgeAsync(RequestId requestId, CancellationToken cancellationToken) =>
        _single.CallAsync<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(new AcknowledgeCertificatesRequest(requestId), cancellationToken);

    /// <summary>Returns when the CA has answered, whatever it said.</summary>
    public async Task ReachAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _singleHttp.GetAsync("health/live", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested && cause is HttpRequestException or OperationCanceledException)
        {
            throw cause.GetBaseException() as ProvisioningException ?? new ProvisioningException(
                ErrorCode.CaUnavailable,
                $"{_singleHttp.BaseAddress!.Authority} can't be reached: {(cause is OperationCanceledException ? "no answer in time" : Printable.Shorten(cause.GetBaseException().Message, 200))}",
                cause);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _singleHttp.Dispose();
        _batchHttp.Dispose();
    }

    private static void RequireSame(RequestId asked, RequestId answered)
    {
        if (answered != asked)
            throw new ProvisioningException(ErrorCode.InvalidCertificatePack, $"The CA answered request {answered} where {asked} was sent.");
    }
}

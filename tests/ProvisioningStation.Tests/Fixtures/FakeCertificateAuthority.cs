using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>The CA's side of the wire, over a real socket with mutual TLS: it keeps the CA's promises (an id is answered once, a number has one valid certificate) in memory.</summary>
public sealed class FakeCertificateAuthority : IAsyncDisposable
{
    private readonly TestPki _pki;
    private readonly WebApplication _app;
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<RequestId, IReadOnlyList<CertificatePack>> _requests = new();
    private readonly ConcurrentDictionary<RequestId, bool> _reissues = new();
    private readonly ConcurrentDictionary<RequestId, bool> _expired = new();

    private FakeCertificateAuthority(TestPki pki)
    {
        _pki = pki;
        var builder = ProgramHost.CreateBuilder(["--data", _directory.Path]);
        builder.Logging.ClearProviders();
        builder.ListenWithMutualTls(pki.Part(Role.CertificateAuthority, "ca"), new ListenOptions());
        _app = builder.Build();
        _app.MapSoap(
            "CertificateAuthority",
            soap =>
            {
                soap.Operation<IssueCertificatesRequest, IssueCertificatesResponse>(IssueAsync, Role.CommunicationTerminal);
                soap.Operation<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(AcknowledgeAsync, Role.CommunicationTerminal);
                soap.Operation<ReissueCertificateRequest, ReissueCertificateResponse>(ReissueAsync, Role.CommunicationTerminal);
                soap.Operation<SignCertificateRequestRequest, SignCertificateRequestResponse>(SignAsync, Role.CommunicationTerminal);
                soap.Operation<ReturnCertificatesRequest, ReturnCertificatesResponse>(ReturnAsync, Role.CommunicationTerminal);
                soap.Operation<GetCommonCertificateRequest, GetCommonCertificateResponse>(GetCommonAsync, Role.CommunicationTerminal);
            },
            maxRequestBytes: 1024 * 1024);
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The valid certificate of each number.</summary>
    public ConcurrentDictionary<MachineNumber, Fingerprint> Valid { get; } = new();

    /// <summary>The ids of IssueCertificates and ReissueCertificate, as often as they came.</summary>
    public ConcurrentQueue<RequestId> Asked { get; } = new();

    /// <summary>The ids that were acknowledged, as often as they were.</summary>
    public ConcurrentQueue<RequestId> Acknowledged { get; } = new();

    /// <summary>The numbers that were given back, by the id of the request.</summary>
    public ConcurrentDictionary<RequestId, IReadOnlyList<MachineNumber>> Returned { get; } = new();

    /// <summary>Carries the next return out and breaks the connection off.</summary>
    public bool LoseReturnAnswer { get; set; }

    /// <summary>Refuses an order for these numbers.</summary>
    public Func<IReadOnlyList<MachineNumber>, ProvisioningException?> RefuseIssue { get; set; } = static _ => null;

    /// <summary>Thrown instead of an answer, while set.</summary>
    public Func<ProvisioningException?> Refusal { get; set; } = static () => null;

    /// <summary>Changes each pack before it is sent.</summary>
    public Func<CertificatePack, CertificatePack> Tamper { get; set; } = static pack => pack;

    /// <summary>Breaks the connection off after so many packs of an answer, once <see cref="BreakWhen"/> holds.</summary>
    public int? BreakAfter { get; set; }

    /// <summary>Such as that a part has arrived and is stored: the reset takes back what has not.</summary>
    public Func<bool> BreakWhen { get; set; } = static () => true;

    /// <summary>Whether it is off.</summary>
    public bool IsDown { get; set; }

    public static async Task<FakeCertificateAuthority> StartAsync(TestPki? pki = null)
    {
        var authority = new FakeCertificateAuthority(pki ?? TestPki.Shared);
        await authority._app.StartAsync();
        var address = authority._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        authority.Url = new Uri(address + "/");
        return authority;
    }

    /// <summary>Ends a request that was not acknowledged: its certificates are revoked, but not those that were superseded before.</summary>
    public void Expire(RequestId requestId)
    {
        _expired[requestId] = true;
        foreach (var pack in _requests[requestId])
            Valid.TryRemove(KeyValuePair.Create(pack.MachineNumber!.Value, pack.Fingerprint));
    }

    /// <summary>What an administrator does: the number has no valid certificate any more.</summary>
    public void Revoke(string number) => Valid.TryRemove(MachineNumber.Parse(number), out _);

    /// <summary>Waited for before each answer to a request for a single certificate.</summary>
    public Func<MachineNumber, Task> Hold { get; set; } = static _ => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private async Task<IssueCertificatesResponse> IssueAsync(IssueCertificatesRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        RequireUp();
        if (request.MachineNumbers.Count == 1)
            await Hold(request.MachineNumbers[0]);
        Asked.Enqueue(request.RequestId);
        RequireNotExpired(request.RequestId, isReissue: false);
        if (RefuseIssue(request.MachineNumbers) is { } refused)
            throw refused;
        if (!_requests.TryGetValue(request.RequestId, out var packs))
        {
            if (request.MachineNumbers.FirstOrDefault(Valid.ContainsKey) is { } taken && taken != default)
                throw new ProvisioningException(ErrorCode.AlreadyIssued, $"{taken} has a valid certificate.");
            packs = request.MachineNumbers.Select(number => _pki.DevicePack(number)).ToList();
            foreach (var pack in packs)
                Valid[pack.MachineNumber!.Value] = pack.Fingerprint;
            _requests[request.RequestId] = packs;
        }
        else if (!packs.Select(pack => pack.MachineNumber!.Value).SequenceEqual(request.MachineNumbers))
        {
            throw new ProvisioningException(ErrorCode.RequestIdReused, "The id came with other numbers.");
        }

        var sent = packs.Where(IsValid).ToList(); // as the CA: what was superseded or revoked is not handed out again
        if (packs.Count == 1 && sent.Count == 0)
            throw Ended(request.RequestId);
        return new IssueCertificatesResponse(request.RequestId, SlicesAsync(sent));
    }

    private async IAsyncEnumerable<IReadOnlyList<CertificatePack>> SlicesAsync(IReadOnlyList<CertificatePack> packs)
    {
        var sent = 0;
        foreach (var slice in packs.Chunk(50))
        {
            yield return slice.Select(Tamper).ToList();
            sent += slice.Length;
            if (sent >= BreakAfter)
            {
                BreakAfter = null;
                while (!BreakWhen())
                    await Task.Delay(20);
                throw new IOException("The CA was killed.");
            }
        }

        await Task.CompletedTask;
    }

    private Task<AcknowledgeCertificatesResponse> AcknowledgeAsync(AcknowledgeCertificatesRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        RequireUp();
        if (!_requests.ContainsKey(request.RequestId))
            throw new ProvisioningException(ErrorCode.UnknownRequest, "No such request.");
        RequireNotExpired(request.RequestId);
        Acknowledged.Enqueue(request.RequestId);
        return Task.FromResult(new AcknowledgeCertificatesResponse());
    }

    private Task<ReissueCertificateResponse> ReissueAsync(ReissueCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        RequireUp();
        Asked.Enqueue(request.RequestId);
        RequireNotExpired(request.RequestId, isReissue: true);
        if (!_requests.ContainsKey(request.RequestId) && !Valid.ContainsKey(request.MachineNumber))
            throw new ProvisioningException(ErrorCode.NotFound, $"{request.MachineNumber} has no valid certificate that could be replaced.");
        _reissues[request.RequestId] = true;
        var pack = IssueOnce(request.RequestId, request.MachineNumber, () => _pki.DevicePack(request.MachineNumber));
        return Task.FromResult(new ReissueCertificateResponse(request.RequestId, Tamper(Copy(pack))));
    }

    private async Task<SignCertificateRequestResponse> SignAsync(SignCertificateRequestRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        RequireUp();
        await Hold(request.MachineNumber);
        Asked.Enqueue(request.RequestId);
        RequireNotExpired(request.RequestId, isReissue: request.Reason is not null);
        if (!_requests.ContainsKey(request.RequestId) && Valid.ContainsKey(request.MachineNumber) != request.Reason is not null)
        {
            throw request.Reason is null
                ? new ProvisioningException(ErrorCode.AlreadyIssued, $"{request.MachineNumber} has a valid certificate.")
                : new ProvisioningException(ErrorCode.NotFound, $"{request.MachineNumber} has no valid certificate that could be replaced.");
        }

        if (request.Reason is not null)
            _reissues[request.RequestId] = true;
        var pack = IssueOnce(request.RequestId, request.MachineNumber, () => _pki.BoardPack(request.MachineNumber, request.CertificateRequest));
        return new SignCertificateRequestResponse(request.RequestId, Tamper(pack));
    }

    private CertificatePack IssueOnce(RequestId requestId, MachineNumber number, Func<CertificatePack> issue)
    {
        if (_requests.TryGetValue(requestId, out var known))
            return IsValid(known[0]) ? known[0] : throw Ended(requestId);
        var pack = issue();
        _requests[requestId] = [pack];
        Valid[number] = pack.Fingerprint;
        return pack;
    }

    private bool IsValid(CertificatePack pack) => Valid.TryGetValue(pack.MachineNumber!.Value, out var valid) && valid == pack.Fingerprint;

    private static ProvisioningException Ended(RequestId requestId) =>
        new(ErrorCode.Conflict, $"The certificate of request {requestId} was superseded by a later request, or revoked.");

    private Task<ReturnCertificatesResponse> ReturnAsync(ReturnCertificatesRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        RequireUp();
        var isNew = Returned.TryAdd(request.RequestId, request.MachineNumbers);
        if (!isNew && !Returned[request.RequestId].Order().SequenceEqual(request.MachineNumbers.Order()))
            throw new ProvisioningException(ErrorCode.RequestIdReused, "The id came with other numbers.");
        var revoked = isNew ? request.MachineNumbers.Count(number => Valid.TryRemove(number, out _)) : 0;
        if (LoseReturnAnswer)
        {
            LoseReturnAnswer = false;
            throw new ProvisioningException(ErrorCode.CaUnavailable, "The answer was lost.");
        }

        return Task.FromResult(new ReturnCertificatesResponse(request.RequestId, revoked));
    }

    private Task<GetCommonCertificateResponse> GetCommonAsync(GetCommonCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        RequireUp();
        return Task.FromResult(new GetCommonCertificateResponse(request.RequestId, _pki.CommonPack));
    }

    // The endpoint clears the keys of what it has sent.
    private static CertificatePack Copy(CertificatePack pack) => pack with { PrivateKey = (byte[])pack.PrivateKey!.Clone() };

    private void RequireNotExpired(RequestId requestId, bool? isReissue = null)
    {
        if (isReissue is { } reissue && _requests.ContainsKey(requestId) && _reissues.ContainsKey(requestId) != reissue)
            throw new ProvisioningException(ErrorCode.RequestIdReused, "The id came with another operation.");
        if (_expired.ContainsKey(requestId))
            throw new ProvisioningException(ErrorCode.KeysExpired, $"Request {requestId} was not acknowledged in time.");
    }

    private void RequireUp()
    {
        if (IsDown)
            throw new ProvisioningException(ErrorCode.CaUnavailable, "The CA is off.");
        if (Refusal() is { } refusal)
            throw refusal;
    }
}

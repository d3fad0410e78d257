using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using ProvisioningStation.Protocol.Soap;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>The real CA with the sample configuration, in a directory of its own, on a free port, with clients that are real parts.</summary>
internal sealed class RunningAuthority : IAsyncDisposable
{
    private readonly List<IDisposable> _clients = [];
    private readonly string[] _overrides;
    private WebApplication _app = null!;
    private bool _running;

    private RunningAuthority(string directory, string[] overrides)
    {
        Directory = directory;
        _overrides = overrides;
    }

    /// <summary>Holds a directory for each part.</summary>
    public string Directory { get; }

    public string Data => Path.Combine(Directory, "certificate-authority");

    public Uri Address { get; private set; } = null!;

    /// <summary>Where CRL and OCSP are served in clear.</summary>
    public Uri PublicAddress { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    public static string Configuration { get; } = RepositoryFiles.Resolve("station-config/certificate-authority.json");

    /// <summary>With a quota for every model that is more than any test asks for.</summary>
    public static async Task<RunningAuthority> StartAsync(params string[] overrides)
    {
        var authority = await StartWithoutQuotasAsync(overrides);
        foreach (var model in authority.Services.GetRequiredService<IssuanceOptions>().Models)
            await authority.ApproveQuotaAsync(model.Model, 1_000_000);
        return authority;
    }

    public static async Task<RunningAuthority> StartWithoutQuotasAsync(params string[] overrides)
    {
        var authority = new RunningAuthority(System.IO.Directory.CreateTempSubdirectory("ca-").FullName, overrides);
        CeremonyCommand.Run([.. authority.Arguments(), "--Ceremony:Demonstration=true"]);
        await authority.StartAgainAsync();
        return authority;
    }

    public Task StartAgainAsync() => StartAgainAsync([]);

    /// <summary>Starts it again, with <paramref name="changes"/> of its configuration.</summary>
    public async Task StartAgainAsync(params string[] changes)
    {
        await StopAsync();
        _app = CertificateAuthorityApp.Build([.. Arguments(), .. changes]);
        try
        {
            await _app.StartAsync(CancellationToken.None);
        }
        catch
        {
            await _app.DisposeAsync(); // the next try finds the database free
            throw;
        }

        _running = true;
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).ToList();
        Address = addresses.Single(address => address.Scheme == "https");
        PublicAddress = addresses.Single(address => address.Scheme == "http");
    }

    /// <summary>A graceful stop, as a supervisor would ask for it: jobs finish what they are writing.</summary>
    public async Task StopAsync()
    {
        if (!_running)
            return;
        _running = false;
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    public string[] Arguments() => ["--config", Configuration, "--data", Data, "--Listen:Port=0", "--PublicListen:Port=0", .. _overrides];

    public TlsIdentity Identity(string part) => TlsIdentity.Load(new TlsOptions(), new DataDirectory(Path.Combine(Directory, part)));

    public HttpClient Http(TlsIdentity identity)
    {
        var http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = Address };
        _clients.Add(http);
        _clients.Add(identity);
        return http;
    }

    public SoapClient Client(string part = "communication-terminal") => new(Http(Identity(part)), ErrorCode.CaUnavailable);

    public async Task<List<CertificatePack>> IssueAsync(RequestId requestId, params IReadOnlyList<MachineNumber> numbers)
    {
        var packs = new List<CertificatePack>();
        var answered = await Client().CallAsync(
            new IssueCertificatesRequest(requestId, numbers),
            IssueCertificatesResponse.Schema.Name,
            reader => IssueCertificatesResponse.ReadEach(reader, packs.Add),
            CancellationToken.None);
        Xunit.Assert.Equal(requestId, answered);
        return packs;
    }

    public async Task<CertificatePack> ReissueAsync(RequestId requestId, MachineNumber number)
    {
        var response = await CallAsync<ReissueCertificateRequest, ReissueCertificateResponse>(new ReissueCertificateRequest(requestId, number, "write failed"));
        return response.CertificatePack;
    }

    public Task AcknowledgeAsync(RequestId requestId) =>
        CallAsync<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(new AcknowledgeCertificatesRequest(requestId));

    public Task<TResponse> CallAsync<TRequest, TResponse>(TRequest request)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse> => Client().CallAsync<TRequest, TResponse>(request, CancellationToken.None);

    /// <summary>Puts an approved quota of factory F1 into the store.</summary>
    public async Task<long> ApproveQuotaAsync(string model, long amount, string startsOn = "2020-01-01", string endsOn = "2099-12-31")
    {
        var store = Services.GetRequiredService<QuotaStore>();
        var (proposer, approver) = (new PeerIdentity(Role.Administrator, "proposer", Fingerprint.Of("proposer"u8)), new PeerIdentity(Role.Approver, "approver", Fingerprint.Of("approver"u8)));
        var proposal = new CheckedProposal("F1", ModelCode.Parse(model), DateOnly.Parse(startsOn, CultureInfo.InvariantCulture), DateOnly.Parse(endsOn, CultureInfo.InvariantCulture), amount, null, null);
        var quota = await store.ProposeAsync(proposal, proposer, CancellationToken.None);
        await store.DecideAsync(quota.Id, QuotaState.Approved, approver, null, CancellationToken.None);
        return quota.Id;
    }

    /// <summary>The states of all certificates of a number, the oldest first, as they are in the database.</summary>
    public List<string> States(MachineNumber number) => Services.GetRequiredService<Database>().Read(connection =>
        connection.Query<string>("SELECT state FROM certificate WHERE machine_number = @number ORDER BY id", new { number = number.ToString() }).ToList());

    public static MachineNumber[] Numbers(string model, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(serial => new MachineNumber(ModelCode.Parse(model), serial))];

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

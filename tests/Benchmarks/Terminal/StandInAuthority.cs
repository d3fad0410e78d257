using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>Stands in the real CA's place, with its TLS identity: sends the answers that the real one gave before, and does nothing else.</summary>
internal sealed partial class StandInAuthority : IAsyncDisposable
{
    private static readonly byte[] Acknowledged = SoapEnvelope.ToBytes(AcknowledgeCertificatesResponse.Schema.Name, new AcknowledgeCertificatesResponse());

    private readonly ConcurrentDictionary<string, byte[]> _answers = new(StringComparer.Ordinal);
    private readonly WebApplication _app;
    private readonly HttpClient _real;

    private StandInAuthority(FactoryLayout layout, Uri real)
    {
        var terminal = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.CommunicationTerminal));
        _real = new HttpClient(terminal.CreateHandler(peer => peer.Role == Role.CertificateAuthority, "the CA")) { BaseAddress = real };
        var builder = ProgramHost.CreateBuilder(["--data", layout.CertificateAuthority]);
        builder.Logging.ClearProviders();
        builder.ListenWithMutualTls(TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.CertificateAuthority)), new ListenOptions());
        _app = builder.Build();
        _app.MapPost("/soap", AnswerAsync);
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<StandInAuthority> StartAsync(FactoryLayout layout, Uri real, CancellationToken cancellationToken)
    {
        var standIn = new StandInAuthority(layout, real);
        await standIn._app.StartAsync(cancellationToken);
        standIn.Address = new Uri(standIn._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");
        return standIn;
    }

    /// <summary>Has the real CA answer, and keeps that.</summary>
    public async Task FetchAsync(RequestId requestId, IReadOnlyList<MachineNumber> numbers, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(SoapEnvelope.ToBytes(IssueCertificatesRequest.Schema.Name, new IssueCertificatesRequest(requestId, numbers)));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(SoapEnvelope.ContentType);
        using var response = await _real.PostAsync("soap", content, cancellationToken);
        response.EnsureSuccessStatusCode();
        _answers[requestId.ToString()] = await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _real.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var request = await reader.ReadToEndAsync(context.RequestAborted);
        var answer = request.Contains(AcknowledgeCertificatesRequest.Schema.Name, StringComparison.Ordinal) ? Acknowledged : _answers[Id().Match(request).Groups[1].Value];
        context.Response.ContentType = SoapEnvelope.ContentType;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    [GeneratedRegex("RequestId>([0-9a-f-]{36})<")]
    private static partial Regex Id();
}

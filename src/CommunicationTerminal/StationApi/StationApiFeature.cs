using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.CommunicationTerminal.Typing;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>What line stations call: SOAP over mutual TLS, one file per operation (wire.md).</summary>
internal static class StationApiFeature
{
    /// <summary>Registers the operations.</summary>
    public static void AddStationApi(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton(Settings.Read<StationApiOptions>(builder.Configuration, "StationApi"))
        .AddSingleton<UnitRefusals>()
        .AddSingleton<LinePermissions>()
        .AddSingleton<ArrivalOrder>()
        .AddSingleton<SingleIssue>()
        .AddSingleton<HandOver>()
        .AddSingleton<RequestCertificate>()
        .AddSingleton<SubmitCertificateRequest>()
        .AddSingleton<ReportReceipt>()
        .AddSingleton<ReportWriteResult>()
        .AddSingleton<ReportProof>()
        .AddSingleton<GetUnit>()
        .AddSingleton<GetCommonCertificate>();

    /// <summary>Maps <c>/soap</c>.</summary>
    public static void MapStationApi(this WebApplication app)
    {
        var services = app.Services;
        var order = services.GetRequiredService<ArrivalOrder>();
        app.MapSoap("CommunicationTerminal", soap =>
        {
            InOrder<RequestCertificateRequest, RequestCertificateResponse>(services.GetRequiredService<RequestCertificate>().HandleAsync);
            InOrder<SubmitCertificateRequestRequest, SubmitCertificateRequestResponse>(services.GetRequiredService<SubmitCertificateRequest>().HandleAsync);
            InOrder<ReportReceiptRequest, ReportReceiptResponse>(services.GetRequiredService<ReportReceipt>().HandleAsync);
            InOrder<ReportWriteResultRequest, ReportWriteResultResponse>(services.GetRequiredService<ReportWriteResult>().HandleAsync);
            InOrder<ReportProofRequest, ReportProofResponse>(services.GetRequiredService<ReportProof>().HandleAsync);
            InOrder<GetUnitRequest, GetUnitResponse>(services.GetRequiredService<GetUnit>().HandleAsync);
            InOrder<GetCommonCertificateRequest, GetCommonCertificateResponse>(services.GetRequiredService<GetCommonCertificate>().HandleAsync);
            soap.AddTypedScans(services);
            soap.AddCheckSheets(services);
            soap.AddLineProgress(services);

            void InOrder<TRequest, TResponse>(Func<TRequest, PeerIdentity, CancellationToken, Task<TResponse>> handleAsync)
                where TRequest : ISoapMessage<TRequest>
                where TResponse : ISoapMessage<TResponse> =>
                soap.Operation<TRequest, TResponse>(
                    (request, peer, cancellationToken) => order.ServeAsync(peer.Name, () => handleAsync(request, peer, cancellationToken), cancellationToken),
                    Role.LineStation);
        });
    }
}

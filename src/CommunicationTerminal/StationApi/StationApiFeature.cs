using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>What line stations call: SOAP over mutual TLS, one file per operation (wire.md).</summary>
internal static class StationApiFeature
{
    /// <summary>Registers the operations.</summary>
    public static void AddStationApi(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton(Settings.Read<StationApiOptions>(builder.Configuration, "StationApi"))
        .AddSingleton<UnitRefusals>()
        .AddSingleton<SingleIssue>()
        .AddSingleton<RequestCertificate>()
        .AddSingleton<ReportReceipt>()
        .AddSingleton<ReportWriteResult>()
        .AddSingleton<ReportProof>()
        .AddSingleton<GetUnit>()
        .AddSingleton<GetCommonCertificate>();

    /// <summary>Maps <c>/soap</c>.</summary>
    public static void MapStationApi(this WebApplication app)
    {
        var services = app.Services;
        app.MapSoap("CommunicationTerminal", soap =>
        {
            soap.Operation<RequestCertificateRequest, RequestCertificateResponse>(services.GetRequiredService<RequestCertificate>().HandleAsync, Role.LineStation);
            soap.Operation<ReportReceiptRequest, ReportReceiptResponse>(services.GetRequiredService<ReportReceipt>().HandleAsync, Role.LineStation);
            soap.Operation<ReportWriteResultRequest, ReportWriteResultResponse>(services.GetRequiredService<ReportWriteResult>().HandleAsync, Role.LineStation);
            soap.Operation<ReportProofRequest, ReportProofResponse>(services.GetRequiredService<ReportProof>().HandleAsync, Role.LineStation);
            soap.Operation<GetUnitRequest, GetUnitResponse>(services.GetRequiredService<GetUnit>().HandleAsync, Role.LineStation);
            soap.Operation<GetCommonCertificateRequest, GetCommonCertificateResponse>(services.GetRequiredService<GetCommonCertificate>().HandleAsync, Role.LineStation);
        });
    }
}

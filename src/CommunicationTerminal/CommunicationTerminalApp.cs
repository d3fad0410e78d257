using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.OperatorApi;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>The communication terminal (P-2): between the CA and the lines, it knows the plan, keeps the day's packs and hands each to the station that scans its number.</summary>
public static class CommunicationTerminalApp
{
    /// <summary>Builds the program from its command line.</summary>
    public static WebApplication Build(string[] args) => Build(args, TimeProvider.System);

    /// <summary>Builds it with a clock of the caller's.</summary>
    internal static WebApplication Build(string[] args, TimeProvider time)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var configuration = builder.Configuration;
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var tls = Settings.Read<TlsOptions>(configuration, "Tls");
        var identity = TlsIdentity.Load(tls, data);
        builder.ListenWithMutualTls(identity, Settings.Read<ListenOptions>(configuration, "Listen"));
        builder.Services
            .AddSingleton(Settings.Read<FactoryOptions>(configuration, "Factory"))
            .AddSingleton(Settings.Read<CertificateAuthorityOptions>(configuration, "CertificateAuthority"))
            .AddSingleton(Settings.Read<PlanPullOptions>(configuration, "PlanPull"))
            .AddSingleton(Settings.Read<ManagedModelsOptions>(configuration, "ManagedModels"))
            .AddSingleton(Settings.Read<DailyBatchOptions>(configuration, "DailyBatch"))
            .AddSingleton(Settings.Read<StationApiOptions>(configuration, "StationApi"));
        var database = OpenDatabase(builder);
        builder.Services
            .AddSingleton(time)
            .AddSingleton(_ => identity)
            .AddSingleton(_ => KeyProtection.Load(data.Resolve(tls.WrappingKey)))
            .AddSingleton(_ => database);
        AddFeatures(builder.Services);

        var app = builder.Build();
        app.UseProblemDocuments();
        app.MapHealth();
        MapStations(app);
        MapOperators(app);
        return app;
    }

    /// <summary>Opens the terminal's tables.</summary>
    internal static Database OpenDatabase(WebApplicationBuilder builder) => new(
        new DataDirectory(builder.Environment.ContentRootPath).Resolve(Settings.Read<StoreOptions>(builder.Configuration, "Store").Database),
        typeof(CommunicationTerminalApp).Assembly);

    private static void AddFeatures(IServiceCollection services)
    {
        services.AddSingleton<FactoryClock>().AddSingleton<CertificateAuthorityClient>().AddSingleton<ManagedModels>();
        services.AddSingleton<ChainStore>().AddSingleton<PackCheck>().AddSingleton<CommonCertificateStore>();
        services.AddSingleton<PlanStore>().AddSingleton(CreatePlanClient);
        services.AddSingleton<BatchAllocation>().AddSingleton<Acknowledgements>().AddSingleton<ExpiredRequests>();
        services.AddSingleton<UnitRefusals>().AddSingleton<SingleIssue>();
        services.AddSingleton<RequestCertificate>().AddSingleton<ReportReceipt>().AddSingleton<ReportWriteResult>().AddSingleton<ReportProof>();
        services.AddSingleton<GetUnit>().AddSingleton<GetCommonCertificate>();
        services.AddSingleton<UnitsEndpoint>().AddSingleton<TodayEndpoint>();
        AddJob<CommonCertificateJob>(services);
        AddJob<DailyBatchJob>(services);
        AddJob<PlanPullJob>(services);
    }

    private static void MapStations(WebApplication app)
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

    private static void MapOperators(WebApplication app)
    {
        app.MapGet("/api/units", (UnitsEndpoint endpoint, UnitState? state, string? model, string? after, int? limit) => endpoint.List(state, model, after, limit))
            .RequireRole(Role.Operator);
        app.MapGet("/api/today", (TodayEndpoint endpoint) => endpoint.Get()).RequireRole(Role.Operator);
    }

    private static PlanClient CreatePlanClient(IServiceProvider services)
    {
        var options = services.GetRequiredService<PlanPullOptions>();
        var handler = services.GetRequiredService<TlsIdentity>()
            .CreateHandler(peer => peer.Role == Role.ProductionManagement, "the production management system", ErrorCode.PlanUnavailable);
        var http = new HttpClient(handler) { Timeout = options.Timeout, MaxResponseContentBufferSize = PlanReader.MaxBytes };
        return new PlanClient(http, options);
    }

    private static void AddJob<TJob>(IServiceCollection services)
        where TJob : class, IHostedService => services.AddSingleton<TJob>().AddHostedService(provider => provider.GetRequiredService<TJob>());
}

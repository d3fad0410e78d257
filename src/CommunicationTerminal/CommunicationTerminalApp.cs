using ProvisioningStation.CommunicationTerminal.Audit;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.CommunicationTerminal.OperatorApi;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Purging;
using ProvisioningStation.CommunicationTerminal.Records;
using ProvisioningStation.CommunicationTerminal.Revocations;
using ProvisioningStation.CommunicationTerminal.Rework;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.CommunicationTerminal.Today;
using ProvisioningStation.CommunicationTerminal.Typing;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;

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
        var database = OpenDatabase(builder);
        builder.Services
            .AddSingleton(Settings.Read<FactoryOptions>(configuration, "Factory"))
            .AddSingleton(Settings.Read<CertificateAuthorityOptions>(configuration, "CertificateAuthority"))
            .AddSingleton(time)
            .AddSingleton(_ => identity)
            .AddSingleton(_ => KeyProtection.Load(data.Resolve(tls.WrappingKey)))
            .AddSingleton(_ => database)
            .AddSingleton<FactoryClock>()
            .AddSingleton<CertificateAuthorityClient>();
        builder.AddAudit();
        builder.AddCertificateStore();
        builder.AddDailyBatch();
        builder.AddPlanPull(); // behind the batch, which it wakes
        builder.AddStationApi();
        builder.AddOperatorApi();
        builder.AddRevocations();
        builder.AddRework();
        builder.AddPurging();
        builder.AddTyping();
        builder.AddPrinting();
        builder.AddRecords();
        builder.AddToday();
        builder.AddManagerAccounts();
        builder.AddManagerUi(identity);

        var app = builder.Build();
        app.UseProblemDocuments();
        app.UseManagerUi();
        app.MapHealth();
        app.MapStationApi();
        var api = app.MapGroup("/api");
        api.MapOperatorApi();
        api.MapAudit();
        app.MapAuditExport();
        app.MapPlanPull(api);
        api.MapPurging();
        api.MapDailyBatch();
        app.MapPrinting(api);
        app.MapRecords(api);
        app.MapToday();
        app.MapManagerUi();
        return app;
    }

    /// <summary>Opens the terminal's tables.</summary>
    internal static Database OpenDatabase(WebApplicationBuilder builder) => new(
        new DataDirectory(builder.Environment.ContentRootPath).Resolve(Settings.Read<StoreOptions>(builder.Configuration, "Store").Database),
        typeof(CommunicationTerminalApp).Assembly);
}

using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CommunicationTerminal.Audit;

/// <summary>The terminal's audit trail: every change that a person makes, in a hash chain with signed checkpoints (P-31).</summary>
internal static class AuditFeature
{
    /// <summary>Registers trail, reader, checkpoints and check.</summary>
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services
            .AddSingleton(Settings.Read<AuditOptions>(builder.Configuration, "Audit"))
            .AddSingleton<AuditTrail>()
            .AddSingleton<AuditReader>()
            .AddSingleton(new CheckpointRules())
            .AddSingleton<CheckpointBook>()
            .AddSingleton<AuditExport>()
            .AddSingleton<AuditCheck>();
        CheckpointJob.AddTo(builder.Services);
    }

    /// <summary>Maps the whole trail as a file for whoever may read it.</summary>
    public static void MapAuditExport(this WebApplication app) => app.MapForManagers(AccountRole.Supervisor).MapGet(
        "/audit.ndjson",
        (AuditExport export, HttpContext context) =>
        {
            context.Response.Headers.ContentDisposition = "attachment; filename=\"audit.ndjson\"";
            return export.WriteAsync(context.Response, 0, context.RequestAborted);
        });

    /// <summary>Maps the trail for operators, in the form of the CA's: the same command reads both.</summary>
    public static void MapAudit(this RouteGroupBuilder api)
    {
        api.MapGet(
            "/audit",
            (AuditReader reader, string? subject, string? actor, string? action, DateTimeOffset? from, DateTimeOffset? to, string? cursor, int? limit) =>
                AuditPaging.PageOf(reader.Find(new AuditFilter(subject, actor, action, from, to), AuditPaging.Before(cursor), AuditPaging.Limit(limit)), AuditPaging.Limit(limit), entry => entry.Sequence))
            .RequireRole(Role.Operator);
        api.MapGet(
            "/audit/export",
            (AuditExport export, HttpContext context, long? from) => export.WriteAsync(context.Response, Math.Max(0, (from ?? 1) - 1), context.RequestAborted)).RequireRole(Role.Operator);
        api.MapGet(
            "/audit/checkpoints",
            (CheckpointBook book, string? cursor, int? limit) => AuditPaging.PageOf(book.List(AuditPaging.Before(cursor), AuditPaging.Limit(limit)), AuditPaging.Limit(limit), checkpoint => checkpoint.Sequence))
            .RequireRole(Role.Operator);
        api.MapPost("/audit/checkpoints", (CheckpointBook book, CancellationToken cancellationToken) => book.MakeAsync(cancellationToken)).RequireRole(Role.Operator);
    }
}

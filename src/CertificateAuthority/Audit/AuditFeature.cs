using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CertificateAuthority.Audit;

/// <summary>The audit trail's checkpoints and export (P-31).</summary>
internal static class AuditFeature
{
    private const string Cursor = "next of the page before.";
    private const string Most = "How many at the most: 1 to 1000, 100 by default.";

    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<AuditOptions>(builder.Configuration, "Audit"));
        builder.Services.AddSingleton<AuditReader>();
        builder.Services.AddSingleton(services => LedgerCheckpoints.Of(services.GetRequiredService<IssuedLedger>(), services.GetRequiredService<SigningGate>()));
        builder.Services.AddSingleton<CheckpointBook>();
        builder.Services.AddSingleton<AuditExport>();
        CheckpointJob.AddTo(builder.Services);
    }

    public static void MapAudit(this WebApplication app, RouteGroupBuilder api)
    {
        api.MapGet(
            "/audit",
            (
                AuditReader reader,
                [Description("Only of this subject: a machine number, a serial number, a request's id, a quota such as 'quota 12'.")] string? subject,
                [Description("Only of this role and name, or of this role.")] string? actor,
                [Description("Only this action, such as Revoked.")] string? action,
                [Description("Only at this moment or later.")] DateTimeOffset? from,
                [Description("Only at this moment or earlier.")] DateTimeOffset? to,
                [Description(Cursor)] string? cursor,
                [Description(Most)] int? limit) =>
                AuditPaging.PageOf(reader.Find(new AuditFilter(subject, actor, action, from, to), AuditPaging.Before(cursor), AuditPaging.Limit(limit)), AuditPaging.Limit(limit), entry => entry.Sequence))
            .RequireRole(Role.Administrator, Role.Auditor)
            .WithName("ListAuditEvents")
            .WithSummary("Entries of the audit trail, the latest first; by subject, actor (role and name, or a role), action, and time.")
            .Produces<Page<AuditEvent>>();
        api.MapGet(
            "/audit/export",
            (AuditExport export, HttpContext context, [Description("The first entry; 1 by default.")] long? from) => export.WriteAsync(context.Response, Math.Max(0, (from ?? 1) - 1), context.RequestAborted))
            .RequireRole(Role.Administrator, Role.Auditor)
            .WithName("ExportAudit")
            .WithSummary("The whole trail from an entry on, as NDJSON with its signed checkpoints: what stationctl audit verify reads.")
            .Produces<AuditLine>(StatusCodes.Status200OK, "application/x-ndjson");
        api.MapGet(
            "/audit/checkpoints",
            (CheckpointBook book, [Description(Cursor)] string? cursor, [Description(Most)] int? limit) => AuditPaging.PageOf(book.List(AuditPaging.Before(cursor), AuditPaging.Limit(limit)), AuditPaging.Limit(limit), checkpoint => checkpoint.Sequence))
            .RequireRole(Role.Administrator, Role.Auditor)
            .WithName("ListAuditCheckpoints")
            .WithSummary("The signed checkpoints of the audit trail, the latest first.")
            .Produces<Page<AuditCheckpoint>>();
        api.MapPost(
            "/audit/checkpoints",
            (CheckpointBook book, SigningGate gate, CancellationToken cancellationToken) =>
            {
                gate.Require();
                return book.MakeAsync(cancellationToken);
            })
            .RequireRole(Role.Administrator, Role.Auditor)
            .WithName("MakeAuditCheckpoint")
            .WithSummary("Signs the audit trail's end as it is now.")
            .Produces<AuditCheckpoint>();
    }
}

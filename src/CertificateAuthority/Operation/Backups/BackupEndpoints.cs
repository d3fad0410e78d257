using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Operation.Backups;

/// <summary>Makes and lists backups.</summary>
internal static class BackupEndpoints
{
    public static void MapBackups(this RouteGroupBuilder api)
    {
        api.MapGet("/backups", (BackupFiles backups) => new Page<BackupSummary>(backups.List(), null))
            .RequireRole(Role.Administrator, Role.Auditor, Role.Operator)
            .WithName("ListBackups")
            .WithSummary("The backups that are kept, the latest first.")
            .Produces<Page<BackupSummary>>();
        api.MapPost("/backups", (BackupFiles backups, HttpContext context, CancellationToken cancellationToken) => backups.MakeAsync(context.GetPeer().ToString(), cancellationToken))
            .RequireRole(Role.Administrator)
            .WithName("MakeBackup")
            .WithSummary("Copies the database while the service goes on.")
            .Produces<BackupSummary>();
    }
}

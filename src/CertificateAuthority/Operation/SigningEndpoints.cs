using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>Whether the CA signs, the check of its store, and an administrator's decision.</summary>
internal static class SigningEndpoints
{
    private const int MaxNoteLength = 400;

    public static void MapSigning(this RouteGroupBuilder api)
    {
        api.MapGet("/signing", (SigningGate gate, StoreCheck check) => StatusOf(gate, check))
            .RequireRole(Role.Administrator, Role.Approver, Role.Auditor, Role.Operator)
            .WithName("GetSigning")
            .WithSummary("Whether the CA signs, and what its watch over the store has found.")
            .Produces<SigningStatus>();
        api.MapPost("/signing/check", async (SigningGate gate, StoreCheck check, CancellationToken cancellationToken) =>
            {
                await check.RunAsync(load: 100, cancellationToken);
                return StatusOf(gate, check);
            })
            .RequireRole(Role.Administrator, Role.Auditor)
            .WithName("CheckStore")
            .WithSummary("Checks database, audit trail, certificates and ledger now, at full speed; a finding stops signing.")
            .Produces<SigningStatus>();
        api.MapPost("/signing/resume", ResumeAsync)
            .RequireRole(Role.Administrator)
            .WithName("ResumeSigning")
            .WithSummary("Accepts what was found and signs again. The same finding does not stop it a second time; a new one does.")
            .Produces<SigningStatus>()
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<SigningStatus> ResumeAsync(
        ResumeSigning decision,
        HttpContext context,
        Database database,
        AuditTrail audit,
        CheckpointBook checkpoints,
        SigningGate gate,
        StoreCheck check,
        CancellationToken cancellationToken)
    {
        var note = decision.Note?.Trim();
        if (string.IsNullOrEmpty(note) || note.Length > MaxNoteLength)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"note is missing or longer than {MaxNoteLength} characters. Say why signing goes on: it is kept in the audit trail.");
        var reasons = gate.Reasons;
        if (reasons.Count == 0)
            throw new ProvisioningException(ErrorCode.Conflict, "Signing is not stopped.");
        await database.WriteAsync(
            (connection, transaction) => audit.Append(connection, transaction, context.GetPeer().ToString(), "SigningResumed", "signing", detail: $"{note} Accepted: {string.Join(" ", reasons)}"),
            cancellationToken);
        gate.Resume();
        await checkpoints.MakeAsync(cancellationToken);
        return StatusOf(gate, check);
    }

    private static SigningStatus StatusOf(SigningGate gate, StoreCheck check)
    {
        var reasons = gate.Reasons;
        return new SigningStatus(reasons.Count > 0, reasons, gate.Accepted, check.CheckedAt, check.CheckedEntries);
    }
}

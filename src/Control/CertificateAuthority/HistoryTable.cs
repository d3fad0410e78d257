using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary>What the audit trail says of one thing, as a table.</summary>
internal static class HistoryTable
{
    private const int MaxDetail = 60;

    /// <summary>Prints it, the oldest first.</summary>
    public static void Print(IReadOnlyList<AuditEvent> history)
    {
        var table = new OutputTable(">No.", "At", "Who", "What", "Subject", "Outcome", "Detail");
        foreach (var one in history)
            table.Add(one.Sequence, MomentText.Shown(one.At), one.Actor, one.Action, one.Subject, one.Outcome, one.Detail.Length > MaxDetail ? one.Detail[..MaxDetail] + "…" : one.Detail);
        table.Print("No history.");
    }
}

using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Audit;

/// <summary>What was found in a trail.</summary>
/// <param name="Ok">Whether nothing is wrong.</param>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Checkpoints">How many checkpoints and remembered ends the trail fulfils.</param>
/// <param name="Since">The entry up to which it had been verified here before; null the first time.</param>
/// <param name="Findings">What is wrong, the first bad entry first.</param>
internal sealed record AuditVerdict(bool Ok, long Entries, long Last, string Hash, int Checkpoints, long? Since, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>At a terminal: its records, compared with its signed reports, by which the steps of units are bound to the trail. Null elsewhere.</summary>
    public ReportCheck? Records { get; init; }
}

/// <summary>Reads an exported trail, from a file or as the CA sends it, and verifies all of it.</summary>
internal static class AuditVerification
{
    /// <summary>Verifies a trail that a part of <paramref name="role"/> has signed against the root and what was verified <paramref name="earlier"/>.</summary>
    public static async Task<AuditVerdict> RunAsync(Stream lines, X509Certificate2 root, Role role, AuditAnchor? earlier, CancellationToken cancellationToken)
    {
        var chain = new AuditChain(null, earlier is null ? [] : [earlier]);
        using var reader = new StreamReader(lines);
        AuditCheckpoint? closing = null;
        var number = 0;
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            number++;
            var line = Parse(text);
            closing = line?.Checkpoint;
            if (line?.Event is { } entry)
                chain.Read(entry);
            else if (line?.Checkpoint is { } checkpoint)
                chain.Read(checkpoint, root, role);
            else
                chain.Report(new AuditFinding(chain.Sequence + 1, AuditFault.Changed, $"Line {number}, behind entry {chain.Sequence}, is neither an entry nor a checkpoint."));
        }

        chain.End();
        if (closing?.Sequence != chain.Sequence && !chain.Findings.Any())
            chain.Report(new AuditFinding(chain.Sequence + 1, AuditFault.CutOff, $"What was exported ends with entry {chain.Sequence} and has no checkpoint behind it: the rest of it is missing."));
        return new AuditVerdict(!chain.Findings.Any(), chain.Count, chain.Sequence, chain.Hash, chain.Anchors, earlier?.Sequence, [.. chain.Findings]);
    }

    private static AuditLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditLine>(text, JsonForm.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

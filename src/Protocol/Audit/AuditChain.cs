using System.Globalization;

namespace ProvisioningStation.Protocol.Audit;

/// <summary>
/// Follows an audit trail entry by entry and notes what is wrong: a changed, removed, reordered or cut-off entry, or a history that fits itself but not what was signed of it.
/// After a fault it goes on from what the faulty entry says, so that one fault is told once. The first finding names the first bad entry.
/// </summary>
public sealed class AuditChain
{
    private const int MaxFindings = 20;

    private readonly List<(AuditFinding Finding, string? PreviousHash)> _findings = [];
    private readonly PriorityQueue<AuditAnchor, long> _anchors = new();
    private long _anchored;

    /// <summary>Begins behind <paramref name="start"/>, which is taken as it is; <paramref name="anchors"/> are compared when the trail comes by them.</summary>
    public AuditChain(AuditAnchor? start = null, params IEnumerable<AuditAnchor> anchors)
    {
        start ??= AuditAnchor.Origin;
        (Sequence, Hash) = (start.Sequence, start.Hash);
        _anchored = start.Sequence;
        foreach (var anchor in anchors)
            Read(anchor);
    }

    /// <summary>The last entry read.</summary>
    public long Sequence { get; private set; }

    /// <summary>Its hash.</summary>
    public string Hash { get; private set; }

    /// <summary>How many entries were read.</summary>
    public long Count { get; private set; }

    /// <summary>How many anchors the trail has fulfilled.</summary>
    public int Anchors { get; private set; }

    /// <summary>What is wrong, the first bad entry first.</summary>
    public IEnumerable<AuditFinding> Findings => _findings.Select(found => found.Finding).OrderBy(finding => finding.Sequence);

    /// <summary>Reads the next entry.</summary>
    public void Read(AuditEvent next)
    {
        Count++;
        Explain(next);
        var expected = Sequence + 1;
        if (next.Sequence < expected)
        {
            if (_findings.TrueForAll(found => found.Finding.Sequence != next.Sequence))
                Report(new AuditFinding(next.Sequence, AuditFault.Reordered, Text($"Entry {next.Sequence} stands behind entry {Sequence}.")));
            return;
        }

        if (next.Sequence > expected)
        {
            var which = next.Sequence == expected + 1 ? Text($"Entry {expected} is missing") : Text($"Entries {expected} to {next.Sequence - 1} are missing");
            Report(new AuditFinding(expected, AuditFault.Removed, Text($"{which}: behind entry {Sequence} comes {next.Sequence}.")), Hash);
        }
        else if (next.ComputeHash(Hash) != next.Hash)
        {
            Report(new AuditFinding(expected, AuditFault.Changed, Text($"Entry {expected} does not have the content that was hashed: it, or its place, was changed.")), Hash);
        }

        (Sequence, Hash) = (next.Sequence, next.Hash);
        while (_anchors.TryPeek(out var anchor, out _) && anchor.Sequence <= Sequence)
            Compare(_anchors.Dequeue());
    }

    /// <summary>Takes an anchor: compared when the trail comes by it, or now if it is there. Those from before the beginning say nothing and are left out.</summary>
    public void Read(AuditAnchor anchor)
    {
        if (anchor.Sequence > Sequence)
            _anchors.Enqueue(anchor, anchor.Sequence);
        else
            Compare(anchor);
    }

    /// <summary>The trail has ended: whatever was promised behind it is missing.</summary>
    public void End()
    {
        if (_anchors.TryDequeue(out var promised, out _))
            Report(new AuditFinding(Sequence + 1, AuditFault.CutOff, Text($"Entry {Sequence + 1} is missing: the trail ends with entry {Sequence}, but {promised.Source} was made at entry {promised.Sequence}.")));
        _anchors.Clear();
    }

    /// <summary>Notes what the reader of the trail has found by itself.</summary>
    public void Report(AuditFinding finding) => Report(finding, null);

    private void Report(AuditFinding finding, string? previousHash)
    {
        if (_findings.Count < MaxFindings)
            _findings.Add((finding, previousHash));
    }

    private void Compare(AuditAnchor anchor)
    {
        if (anchor.Sequence != Sequence)
            return; // from before the beginning, or of an entry that is missing
        if (anchor.Hash == Hash)
        {
            _anchored = Sequence;
            Anchors++;
        }
        else if (_findings.TrueForAll(found => found.Finding.Sequence != Sequence))
        {
            Report(new AuditFinding(Sequence, AuditFault.Rewritten, Text($"Entry {Sequence} is another one than {anchor.Source} says: the trail was rewritten somewhere from entry {_anchored + 1} on.")));
        }
    }

    /// <summary>Whether a later entry is the one that was missed before: then nothing was changed or removed, but moved.</summary>
    private void Explain(AuditEvent later)
    {
        for (var i = 0; i < _findings.Count; i++)
        {
            var (finding, previousHash) = _findings[i];
            if (previousHash is not null && (later with { Sequence = finding.Sequence }).ComputeHash(previousHash) == later.Hash)
                _findings[i] = (new AuditFinding(finding.Sequence, AuditFault.Reordered, Text($"Entry {finding.Sequence} was moved: it stands where another one belongs, behind entry {Sequence}.")), null);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

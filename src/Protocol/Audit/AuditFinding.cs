namespace ProvisioningStation.Protocol.Audit;

/// <summary>What may be wrong with an audit trail.</summary>
public enum AuditFault
{
    /// <summary>An entry does not have the content that was hashed.</summary>
    Changed,

    /// <summary>An entry is missing, and later ones are there.</summary>
    Removed,

    /// <summary>An entry stands in another place than the one it was written to.</summary>
    Reordered,

    /// <summary>The end of the trail is missing.</summary>
    CutOff,

    /// <summary>The entries fit each other, but not what was signed or seen of them earlier.</summary>
    Rewritten,

    /// <summary>A checkpoint's signature or certificate does not verify.</summary>
    CheckpointInvalid,
}

/// <summary>One thing that is wrong with an audit trail.</summary>
/// <param name="Sequence">The entry at which it shows.</param>
/// <param name="Fault">What it is.</param>
/// <param name="Sentence">What it is, in words for people; the same words at every check.</param>
public sealed record AuditFinding(long Sequence, AuditFault Fault, string Sentence);

/// <summary>The hash that the trail must have at an entry, and who says so.</summary>
/// <param name="Sequence">The entry.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Source">Who says so, for messages: "the checkpoint of …".</param>
public sealed record AuditAnchor(long Sequence, string Hash, string Source)
{
    /// <summary>Before the first entry.</summary>
    public static AuditAnchor Origin { get; } = new(0, AuditEvent.Origin, "the beginning");
}

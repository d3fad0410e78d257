using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace ProvisioningStation.Protocol.Audit;

/// <summary>The end of an audit trail at a moment, signed by the program that keeps it: whoever changes what stands before it needs that program's key.</summary>
/// <param name="Sequence">The last entry; 0 where there is none.</param>
/// <param name="At">UTC, ISO 8601 with milliseconds.</param>
/// <param name="Hash">The hash of that entry.</param>
/// <param name="Signature">ECDSA with SHA-256 over <see cref="SignedContent"/> (DER).</param>
/// <param name="Certificate">PEM: the signer's certificate and the issuing CAs above it, without the root.</param>
public sealed record AuditCheckpoint(long Sequence, string At, string Hash, byte[] Signature, string Certificate)
{
    /// <summary>What is signed: <c>sequence|hash|time</c> behind a word that says what it is, so that the signature is good for nothing else.</summary>
    [JsonIgnore]
    public byte[] SignedContent => ContentOf(Sequence, Hash, At);

    /// <summary>What the trail must look like if this checkpoint is to be believed.</summary>
    [JsonIgnore]
    public AuditAnchor Anchor => new(Sequence, Hash, $"the checkpoint of {At}");

    /// <summary>The octets that a checkpoint's signature covers.</summary>
    public static byte[] ContentOf(long sequence, string hash, string at) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"provisioning-station audit checkpoint|{sequence}|{hash}|{at}"));
}

/// <summary>One line of an exported trail (NDJSON): an entry, or a checkpoint of what stands before it. The last line is a checkpoint of the last entry.</summary>
public sealed record AuditLine
{
    /// <summary>An entry.</summary>
    public AuditEvent? Event { get; init; }

    /// <summary>A checkpoint.</summary>
    public AuditCheckpoint? Checkpoint { get; init; }
}

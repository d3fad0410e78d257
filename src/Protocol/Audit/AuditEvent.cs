using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ProvisioningStation.Protocol.Audit;

/// <summary>One entry of an audit trail (P-31): who did what to what, when, and how it ended. Its hash covers its content and the hash before it.</summary>
/// <param name="Sequence">1, 2, 3 … without a gap.</param>
/// <param name="At">UTC, ISO 8601 with milliseconds, as it was hashed.</param>
/// <param name="Actor">Role and name of the caller, or the program itself.</param>
/// <param name="Action">What was done, such as <c>IssueCertificates</c>.</param>
/// <param name="Subject">To what: a machine number, a request id, a quota, a path.</param>
/// <param name="Outcome"><c>Done</c>, or the code with which it was refused.</param>
/// <param name="Detail">What else belongs to it, for people and programs; never a secret.</param>
/// <param name="Hash">SHA-256, lower-case hexadecimal.</param>
public sealed record AuditEvent(long Sequence, string At, string Actor, string Action, string Subject, string Outcome, string Detail, string Hash)
{
    /// <summary>The outcome of what was carried out.</summary>
    public const string Done = "Done";

    /// <summary>What stands before the first event.</summary>
    public const string Origin = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>The hash that this content must have behind <paramref name="previousHash"/>: SHA-256 over the previous hash, the sequence number and each text with its length before it, so that no two contents look the same.</summary>
    public string ComputeHash(string previousHash)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var text in (ReadOnlySpan<string>)[previousHash, At, Actor, Action, Subject, Outcome, Detail])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt64BigEndian(number, bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        BinaryPrimitives.WriteInt64BigEndian(number, Sequence);
        hash.AppendData(number);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>Whether the CA signs, and what its watch over the store has found (<c>GET /api/signing</c>).</summary>
/// <param name="Stopped">Whether nothing is signed.</param>
/// <param name="Reasons">Why, the first finding first.</param>
/// <param name="Accepted">What administrators have accepted so far: it does not stop signing again.</param>
/// <param name="CheckedAt">When the whole store was last checked; null before the first time.</param>
/// <param name="CheckedEntries">The last audit entry of that check.</param>
public sealed record SigningStatus(bool Stopped, IReadOnlyList<string> Reasons, IReadOnlyList<string> Accepted, DateTimeOffset? CheckedAt, long CheckedEntries);

/// <summary>An administrator's decision to sign again (<c>POST /api/signing/resume</c>).</summary>
/// <param name="Note">Why, for the audit trail; 1 to 400 characters.</param>
public sealed record ResumeSigning(string Note);

using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>A terminal gives certificates back.</summary>
/// <param name="RequestId">The caller's name for it.</param>
/// <param name="Caller">The terminal, by its certificate.</param>
/// <param name="MachineNumbers">Whose certificates.</param>
/// <param name="Reason">Why, as it is kept.</param>
internal sealed record ReturnOrder(RequestId RequestId, string Caller, IReadOnlyList<MachineNumber> MachineNumbers, string? Reason)
{
    /// <summary>Who asks, as the audit trail names it.</summary>
    public string Actor => $"{Role.CommunicationTerminal} {Caller}";

    /// <summary>What makes two requests of one id the same: the machine numbers, in whatever order. Why is not part of it.</summary>
    public string ContentSha256 { get; } = Digest(MachineNumbers);

    private static string Digest(IEnumerable<MachineNumber> numbers) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("Return\n" + string.Join('\n', numbers.Order()))));
}

using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Why certificates are asked for.</summary>
internal enum OrderKind
{
    /// <summary>First certificates: a machine number that has a valid one is refused.</summary>
    Issue,

    /// <summary>A new certificate in place of one that could not be written: the earlier one is superseded in the same transaction.</summary>
    Reissue,
}

/// <summary>One request to the CA, whichever message it came in.</summary>
/// <param name="RequestId">The caller's name for it.</param>
/// <param name="Kind">First certificates or a re-issue.</param>
/// <param name="Caller">Who asks, by its certificate. Nobody else gets the answer.</param>
/// <param name="MachineNumbers">For whom, in the order of the answer.</param>
/// <param name="Reason">Why, where it is a re-issue.</param>
internal sealed record IssuanceOrder(RequestId RequestId, OrderKind Kind, string Caller, IReadOnlyList<MachineNumber> MachineNumbers, string? Reason = null)
{
    /// <summary>The most characters of a reason that are kept.</summary>
    public const int MaxReasonLength = 400;

    /// <summary>What makes two requests of one id the same request: kind and machine numbers in their order.</summary>
    public string ContentSha256 { get; } = Digest(Kind, MachineNumbers);

    /// <summary>Refuses an order that contradicts itself.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public void Validate()
    {
        var seen = new HashSet<MachineNumber>(MachineNumbers.Count);
        foreach (var number in MachineNumbers)
        {
            if (!seen.Add(number))
                throw new ProvisioningException(ErrorCode.MalformedRequest, $"{number} stands in the request more than once.");
        }
    }

    private static string Digest(OrderKind kind, IReadOnlyList<MachineNumber> machineNumbers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(kind.ToString()));
        Span<byte> line = stackalloc byte[MachineNumber.Length + 1];
        line[0] = (byte)'\n';
        foreach (var number in machineNumbers)
        {
            Encoding.ASCII.GetBytes(number.ToString(), line[1..]);
            hash.AppendData(line);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Why certificates are asked for.</summary>
internal enum OrderKind
{
    /// <summary>First certificates: a machine number that has a valid one is refused.</summary>
    Issue,

    /// <summary>A new certificate in place of one that could not be written: the earlier one is superseded in the same transaction.</summary>
    Reissue,

    /// <summary>A first certificate for a key that the board has made itself (P-28).</summary>
    Sign,

    /// <summary>A re-issue for a key that the board has made itself.</summary>
    Resign,

    /// <summary>A device with its own certificate asks for the next one.</summary>
    Renew,
}

/// <summary>One request to the CA, whichever message it came in.</summary>
/// <param name="RequestId">The caller's name for it.</param>
/// <param name="Kind">First certificates or a re-issue.</param>
/// <param name="Caller">The terminal that asks, by its certificate, and nobody else gets the answer; where a device renews, the terminal that its first certificate was made for.</param>
/// <param name="MachineNumbers">For whom, in the order of the answer.</param>
/// <param name="Reason">Why, where it is a re-issue.</param>
internal sealed record IssuanceOrder(RequestId RequestId, OrderKind Kind, string Caller, IReadOnlyList<MachineNumber> MachineNumbers, string? Reason = null)
{
    /// <summary>The most characters of a reason that are kept.</summary>
    public const int MaxReasonLength = 400;

    private string? _contentSha256;

    /// <summary>The public key (SubjectPublicKeyInfo, DER) that the one machine number's board has made; null where this CA makes the keys.</summary>
    public byte[]? PublicKey { get; init; }

    /// <summary>The certificate that the caller presents and wants to be replaced; null where that does not matter.</summary>
    public SerialNumber? Replaces { get; init; }

    /// <summary>Who asks, as the audit trail names it.</summary>
    public string Actor { get; init; } = $"{Role.CommunicationTerminal} {Caller}";

    /// <summary>Whether it takes the place of a valid certificate.</summary>
    public bool IsReplacement => Kind is OrderKind.Reissue or OrderKind.Resign or OrderKind.Renew;

    /// <summary>What makes two requests of one id the same request: kind, machine numbers in their order, and the board's key.</summary>
    public string ContentSha256 => _contentSha256 ??= Digest(Kind, MachineNumbers, PublicKey);

    /// <summary>Refuses an order that contradicts itself.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public void Validate() => RequireDistinct(MachineNumbers);

    /// <summary>Refuses a request that names a machine number twice.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static void RequireDistinct(IReadOnlyCollection<MachineNumber> machineNumbers)
    {
        var seen = new HashSet<MachineNumber>(machineNumbers.Count);
        foreach (var number in machineNumbers)
        {
            if (!seen.Add(number))
                throw new ProvisioningException(ErrorCode.MalformedRequest, $"{number} stands in the request more than once.");
        }
    }

    /// <summary>A reason as it is kept and shown: printable, and not too long.</summary>
    public static string Shorten(string reason)
    {
        var shown = Printable.Shorten(reason, MaxReasonLength);
        return shown.Length > MaxReasonLength ? shown[..MaxReasonLength] : shown;
    }

    private static string Digest(OrderKind kind, IReadOnlyList<MachineNumber> machineNumbers, byte[]? publicKey)
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

        hash.AppendData(publicKey ?? []);

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

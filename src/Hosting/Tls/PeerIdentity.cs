using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Tls;

/// <summary>What a peer may be. The name of each part's role is the OU of its certificate.</summary>
public enum Role
{
    /// <summary>No certificate.</summary>
    Anonymous,

    /// <summary>The CA service.</summary>
    CertificateAuthority,

    /// <summary>A factory's communication terminal; its name is the factory.</summary>
    CommunicationTerminal,

    /// <summary>A line station; its name is the line.</summary>
    LineStation,

    /// <summary>The factory's production management system.</summary>
    ProductionManagement,

    /// <summary>A person's or launcher's client.</summary>
    Operator,

    /// <summary>A CA administrator: proposes quotas, revokes, resumes signing, backs up.</summary>
    Administrator,

    /// <summary>Approves what an administrator has proposed.</summary>
    Approver,

    /// <summary>Reads everything, the audit trail included, and changes nothing.</summary>
    Auditor,

    /// <summary>Somebody with the common certificate, which is on every service part: it proves "a board" and nothing else.</summary>
    Board,

    /// <summary>A gateway at a customer's site; its name is the gateway.</summary>
    Gateway,

    /// <summary>The management center; its name is the center.</summary>
    ManagementCenter,

    /// <summary>A product with its own certificate; its name is the machine number.</summary>
    Device,
}

/// <summary>
/// Who a peer is, read from its verified chain. This is the one place that decides it: the issuing CA says what kind of certificate it is (its subject's OU is
/// <c>Parts</c>, <c>Devices</c> or <c>Common</c>; only the root makes issuing CAs), and the leaf's subject says who within that kind.
/// </summary>
/// <param name="Role">What it may be taken for.</param>
/// <param name="Name">Line, factory, machine number …, by role.</param>
/// <param name="Fingerprint">Of its certificate; null without one.</param>
public sealed record PeerIdentity(Role Role, string Name, Fingerprint? Fingerprint)
{
    /// <summary>The OU of the issuing CA for the factory's own parts.</summary>
    public const string PartsUnit = "Parts";

    /// <summary>The OU of the issuing CA for devices.</summary>
    public const string DevicesUnit = "Devices";

    /// <summary>The OU of the issuing CA for the common certificate.</summary>
    public const string CommonUnit = "Common";

    private const string CommonNameOid = "2.5.4.3";
    private const string SerialNumberOid = "2.5.4.5";
    private const string OrganizationalUnitOid = "2.5.4.11";

    /// <summary>A peer without a certificate.</summary>
    public static PeerIdentity Anonymous { get; } = new(Role.Anonymous, "anonymous", null);

    /// <summary>Reads the identity from a chain that has been verified up to our root.</summary>
    /// <returns>Null where the chain is not leaf, issuing CA, root, or says nothing that we know.</returns>
    public static PeerIdentity? FromVerifiedChain(X509Chain chain)
    {
        if (chain.ChainElements.Count != 3)
            return null;
        var leaf = chain.ChainElements[0].Certificate;
        var commonName = Attribute(leaf.SubjectName, CommonNameOid);
        var unit = Attribute(leaf.SubjectName, OrganizationalUnitOid);
        var fingerprint = Protocol.Fingerprint.Of(leaf.RawDataMemory.Span);
        return Attribute(chain.ChainElements[1].Certificate.SubjectName, OrganizationalUnitOid) switch
        {
            CommonUnit => new PeerIdentity(Role.Board, commonName ?? "common", fingerprint),
            DevicesUnit when MachineNumber.TryParse(commonName, out var number) && Attribute(leaf.SubjectName, SerialNumberOid) == number.ToString() =>
                new PeerIdentity(Role.Device, number.ToString(), fingerprint),
            PartsUnit when PartRole(unit) is { } role && !string.IsNullOrEmpty(commonName) => new PeerIdentity(role, commonName, fingerprint),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Role} {Name}";

    private static Role? PartRole(string? unit) => unit switch
    {
        nameof(Role.CertificateAuthority) => Role.CertificateAuthority,
        nameof(Role.CommunicationTerminal) => Role.CommunicationTerminal,
        nameof(Role.LineStation) => Role.LineStation,
        nameof(Role.ProductionManagement) => Role.ProductionManagement,
        nameof(Role.Operator) => Role.Operator,
        nameof(Role.Administrator) => Role.Administrator,
        nameof(Role.Approver) => Role.Approver,
        nameof(Role.Auditor) => Role.Auditor,
        nameof(Role.Gateway) => Role.Gateway,
        nameof(Role.ManagementCenter) => Role.ManagementCenter,
        _ => null,
    };

    private static string? Attribute(X500DistinguishedName name, string oid)
    {
        try
        {
            return name.EnumerateRelativeDistinguishedNames().FirstOrDefault(part => !part.HasMultipleElements && part.GetSingleElementType().Value == oid)?.GetSingleElementValue();
        }
        catch (Exception cause) when (cause is AsnContentException or System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }
}

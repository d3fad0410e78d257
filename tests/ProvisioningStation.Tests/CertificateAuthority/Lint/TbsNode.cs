using System.Security.Cryptography;
using ProvisioningStation.CertificateAuthority.Issuance;
using static ProvisioningStation.Tests.CertificateAuthority.Lint.DerNode;

namespace ProvisioningStation.Tests.CertificateAuthority.Lint;

/// <summary>The fields of a TBSCertificate, to be changed.</summary>
internal sealed class TbsNode(byte[] toBeSigned)
{
    private readonly DerNode _root = Parse(toBeSigned);

    public List<DerNode> Fields => _root.Children;

    public DerNode Version => _root[0];

    public DerNode SerialNumber => _root[1];

    public DerNode SignatureAlgorithm => _root[2];

    public DerNode Issuer => _root[3];

    public DerNode NotBefore => _root[4][0];

    public DerNode NotAfter => _root[4][1];

    public DerNode Subject => _root[5];

    public DerNode KeyAlgorithm => _root[6][0];

    public byte[] Key => _root[6][1].Content[1..];

    public DerNode Extensions => _root[7][0];

    public byte[] Encode() => _root.Encode();

    public DerNode Extension(string oid) => Extensions.Children.Single(extension => extension[0].Encode().AsSpan().SequenceEqual(Oid(oid).Encode()));

    public void MakeCritical(string oid) => Extension(oid).Children.Insert(1, Primitive(0x01, 0xFF));

    public void Add(string oid, bool isCritical, DerNode value) =>
        Extensions.Children.Add(Constructed(0x30, isCritical ? [Oid(oid), Primitive(0x01, 0xFF), Primitive(0x04, value.Encode())] : [Oid(oid), Primitive(0x04, value.Encode())]));

    public void Change(string oid, Action<DerNode> change)
    {
        var octets = Extension(oid).Children[^1];
        var value = Parse(octets.Content);
        change(value);
        octets.Content = value.Encode();
    }

    /// <summary>Another key, with the key identifier that belongs to it.</summary>
    public void SetKey(byte[] key)
    {
        _root[6][1].Content = [0, .. key];
        Change(Oids.SubjectKeyIdentifier, value => value.Content = SHA256.HashData(key)[..20]);
    }

    public void ChangeRsa(Action<DerNode> change)
    {
        var key = Parse(Key);
        change(key);
        SetKey(key.Encode());
    }
}

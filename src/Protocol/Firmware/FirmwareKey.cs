using System.Security.Cryptography;

namespace ProvisioningStation.Protocol.Firmware;

/// <summary>A public key that signs images, ECDSA on P-256, as boards hold it.</summary>
public sealed class FirmwareKey : IDisposable
{
    private readonly ECDsa _key;

    private FirmwareKey(ECDsa key)
    {
        _key = key;
        Id = Fingerprint.Of(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>SHA-256 of its SubjectPublicKeyInfo.</summary>
    public Fingerprint Id { get; }

    /// <summary>Reads every <c>PUBLIC KEY</c> of a PEM text.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where there is none, or one is of another kind.</exception>
    public static IReadOnlyList<FirmwareKey> ReadPem(string pem)
    {
        var keys = new List<FirmwareKey>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var found))
        {
            if (rest[found.Label] is "PUBLIC KEY")
                keys.Add(Read(Convert.FromBase64String(rest[found.Base64Data].ToString())));
            rest = rest[found.Location.End..];
        }

        return keys.Count > 0 ? keys : throw new ProvisioningException(ErrorCode.InvalidImage, "There is no PUBLIC KEY to check images with.");
    }

    /// <summary>Whether <paramref name="signature"/>, r and s of 32 bytes each, is this key's for <paramref name="data"/>.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => _key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Passes a key on P-256, given by the curve's name.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    internal static void RequireCurve(ECDsa key)
    {
        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        if (!curve.IsNamed || curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            throw new ProvisioningException(ErrorCode.InvalidImage, "Images are signed with EC keys on P-256, and this key is on another curve.");
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static FirmwareKey Read(byte[] subjectPublicKeyInfo)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            RequireCurve(key);
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(subjectPublicKeyInfo))
                throw new CryptographicException("It is not written as its id is made: named curve, point not compressed, nothing behind it.");
            return new FirmwareKey(key);
        }
        catch (Exception cause) when (cause is CryptographicException or ProvisioningException)
        {
            key.Dispose();
            throw new ProvisioningException(ErrorCode.InvalidImage, $"A key to check images with can't be used: {cause.Message}", cause);
        }
    }
}

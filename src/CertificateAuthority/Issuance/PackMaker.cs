using System.Collections.Concurrent;
using System.Security.Cryptography;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>The computing part of issuing, on all cores: keys, to-be-signed octets, the check, signatures, packs. It stores nothing.</summary>
internal sealed class PackMaker(CertificateProfiles profiles, KeyProtection protection, byte[] root, KeyPool? pool = null)
{
    private static readonly ParallelOptions AllCores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>Makes a key, a serial number and the to-be-signed octets for each machine number. RSA keys come from the pool, as long as there are some.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public CertificateRecord[] Prepare(IReadOnlyList<MachineNumber> machineNumbers, DateTimeOffset now)
    {
        var templates = machineNumbers.Select(number => number.Model).Distinct().Select(model => profiles.Of(model)).ToDictionary(
            profile => profile.Model,
            profile => new ToBeSigned(profile, now, DeviceKey.PublicKeySize(profile.Content.Key)));
        var pooled = templates.Values.Select(template => template.Profile.Content.Key).Where(DeviceKey.IsPooled).Distinct().ToDictionary(
            key => key,
            key => new ConcurrentBag<PooledKey>(pool?.Claim(key, machineNumbers.Count(number => templates[number.Model].Profile.Content.Key == key)) ?? []));
        var made = new CertificateRecord[machineNumbers.Count];
        Parallel.For(
            0,
            made.Length,
            AllCores,
            static () => new EcKeySource(),
            (i, _, keys) =>
            {
                made[i] = Prepare(machineNumbers[i], templates[machineNumbers[i].Model], now, keys, pooled);
                return keys;
            },
            static keys => keys.Dispose());
        return made;
    }

    /// <summary>Says that <paramref name="made"/> is stored, or given up: the keys that the pool still has are free again.</summary>
    public void Release(IReadOnlyList<CertificateRecord> made) => pool?.Release(made.Where(certificate => certificate.PooledKey is not null).Select(certificate => certificate.PooledKey!.Value));

    /// <summary>Makes a serial number and the to-be-signed octets for each machine number and the public key (SubjectPublicKeyInfo, DER) that was given for it. There are no private keys.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    /// <exception cref="System.Formats.Asn1.AsnContentException">A key is not of that form; whoever took the request has to check keys first.</exception>
    public CertificateRecord[] Prepare(IReadOnlyList<MachineNumber> machineNumbers, IReadOnlyList<byte[]> publicKeys, DateTimeOffset now)
    {
        if (publicKeys.Count != machineNumbers.Count)
            throw new ArgumentException("There must be one public key for each machine number.", nameof(publicKeys));
        var templates = new Dictionary<(ModelCode, int), ToBeSigned>();
        var made = new CertificateRecord[machineNumbers.Count];
        for (var i = 0; i < made.Length; i++)
        {
            var (machineNumber, publicKey) = (machineNumbers[i], publicKeys[i]);
            if (!templates.TryGetValue((machineNumber.Model, publicKey.Length), out var template))
                templates[(machineNumber.Model, publicKey.Length)] = template = new ToBeSigned(profiles.Of(machineNumber.Model), now, publicKey.Length);
            made[i] = Reserve(machineNumber, template, now, publicKey, null);
            made[i].GivenPublicKey = publicKey;
        }

        return made;
    }

    /// <summary>Compares each with its profile and its key.</summary>
    /// <exception cref="ProvisioningException">One must not be signed.</exception>
    public void Check(IReadOnlyList<CertificateRecord> certificates) => ForEach(certificates, certificate =>
        ToBeSignedCheck.Require(
            certificate.ToBeSigned,
            ProfileOf(certificate),
            certificate.MachineNumber,
            certificate.SerialNumber,
            PublicKeyOf(certificate)));

    /// <summary>Signs each.</summary>
    public void Sign(IReadOnlyList<CertificateRecord> certificates) =>
        ForEach(certificates, certificate => certificate.Signature = ProfileOf(certificate).Issuer.Sign(certificate.ToBeSigned));

    /// <summary>Gives a stored certificate what it needs to be gone on with: its profile, and its private key in clear.</summary>
    /// <exception cref="CryptographicException">What is stored was changed.</exception>
    public void Open(CertificateRecord certificate, IReadOnlyList<ModelProfile> reservedUnder)
    {
        if (reservedUnder.FirstOrDefault(profile => profile.Code() == certificate.MachineNumber.Model) is { } profile)
            certificate.Profile = profiles.Of(profile, certificate.Issuer);
        if (certificate.WrappedKey is not null)
            certificate.PrivateKey = protection.Unwrap(certificate.WrappedKey, certificate.MachineNumber.ToString());
    }

    /// <summary>Puts certificates and packs together. What was signed must be what was stored.</summary>
    public IReadOnlyList<CertificatePack> ToPacks(IReadOnlyList<CertificateRecord> certificates)
    {
        var packs = new CertificatePack[certificates.Count];
        for (var i = 0; i < packs.Length; i++)
        {
            var certificate = certificates[i];
            var issuer = ProfileOf(certificate).Issuer;
            var encoded = SignedCertificate.Assemble(certificate.ToBeSigned, issuer.SignatureAlgorithm, certificate.Signature);
            if (!SignedCertificate.ToBeSignedIn(encoded).SequenceEqual(certificate.ToBeSigned))
                throw new CryptographicException($"The certificate of {certificate.MachineNumber} is not what was stored before it was signed.");
            packs[i] = new CertificatePack(certificate.MachineNumber, root, issuer.Chain, encoded, certificate.PrivateKey);
        }

        return packs;
    }

    private CertificateRecord Prepare(
        MachineNumber machineNumber, ToBeSigned template, DateTimeOffset now, EcKeySource keys, Dictionary<KeyAlgorithm, ConcurrentBag<PooledKey>> pooled)
    {
        var algorithm = template.Profile.Content.Key;
        if (algorithm != KeyAlgorithm.EcP256)
        {
            PooledKey? taken = null;
            if (pooled.TryGetValue(algorithm, out var stock))
                stock.TryTake(out taken);
            var key = taken?.Key ?? DeviceKey.Make(algorithm);
            return Reserve(machineNumber, template, now, key.PublicKey, key.PrivateKey, taken?.Id);
        }

        Span<byte> scalar = stackalloc byte[EcKey.ScalarSize];
        Span<byte> point = stackalloc byte[EcKey.PointSize];
        Span<byte> publicKey = stackalloc byte[EcKey.PublicKeyInfoSize];
        keys.Make(scalar, point);
        var privateKey = EcKey.ToPkcs8(scalar, point);
        CryptographicOperations.ZeroMemory(scalar);
        EcKey.ToPublicKeyInfo(point, publicKey);
        return Reserve(machineNumber, template, now, publicKey, privateKey);
    }

    private CertificateRecord Reserve(MachineNumber machineNumber, ToBeSigned template, DateTimeOffset now, ReadOnlySpan<byte> publicKey, byte[]? privateKey, long? pooledKey = null)
    {
        var serialNumber = OrderedSerialNumber.Next(now);
        return new CertificateRecord
        {
            MachineNumber = machineNumber,
            SerialNumber = serialNumber,
            Issuer = template.Profile.Issuer.Number,
            Profile = template.Profile,
            PooledKey = pooledKey,
            NotAfter = template.NotAfter,
            ToBeSigned = template.Fill(serialNumber.ToBytes(), machineNumber, publicKey),
            PrivateKey = privateKey,
            WrappedKey = privateKey is null ? null : protection.Wrap(privateKey, machineNumber.ToString()),
        };
    }

    /// <summary>The profile that the certificate was reserved under; today's where that is not known.</summary>
    private CertificateProfile ProfileOf(CertificateRecord certificate) => certificate.Profile ??= profiles.Of(certificate.MachineNumber.Model, certificate.Issuer);

    /// <summary>The public key that must stand in the certificate: that of its private key, or the one the caller gave; never one from the certificate itself.</summary>
    private static byte[] PublicKeyOf(CertificateRecord certificate) => certificate.PrivateKey is { } privateKey
        ? DeviceKey.PublicKeyOf(privateKey)
        : certificate.GivenPublicKey ?? throw new ProvisioningException(ErrorCode.Internal, $"The certificate of {certificate.MachineNumber} has neither a private key nor a given public key. It was not signed.");

    private static void ForEach(IReadOnlyList<CertificateRecord> certificates, Action<CertificateRecord> act)
    {
        if (certificates.Count == 1)
        {
            act(certificates[0]);
            return;
        }

        try
        {
            Parallel.For(0, certificates.Count, AllCores, i => act(certificates[i]));
        }
        catch (AggregateException several)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }
}

using System.Security.Cryptography;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>The computing part of issuing, on all cores: keys, to-be-signed octets, the check, signatures, packs. It stores nothing.</summary>
internal sealed class PackMaker(CertificateProfiles profiles, KeyProtection protection, byte[] root)
{
    private static readonly ParallelOptions AllCores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>Makes a key, a serial number and the to-be-signed octets for each machine number.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/>.</exception>
    public CertificateRecord[] Prepare(IReadOnlyList<MachineNumber> machineNumbers, DateTimeOffset now)
    {
        var templates = machineNumbers.Select(number => number.Model).Distinct().ToDictionary(model => model, model => new ToBeSigned(profiles.Of(model), now));
        var made = new CertificateRecord[machineNumbers.Count];
        Parallel.For(
            0,
            made.Length,
            AllCores,
            static () => new EcKeySource(),
            (i, _, keys) =>
            {
                made[i] = Prepare(machineNumbers[i], templates[machineNumbers[i].Model], now, keys);
                return keys;
            },
            static keys => keys.Dispose());
        return made;
    }

    /// <summary>Compares each with its profile.</summary>
    /// <exception cref="ProvisioningException">One must not be signed.</exception>
    public void Check(IReadOnlyList<CertificateRecord> certificates) => ForEach(certificates, certificate =>
        ToBeSignedCheck.Require(
            certificate.ToBeSigned,
            profiles.Of(certificate),
            certificate.MachineNumber,
            certificate.SerialNumber,
            EcKey.PointIn(certificate.PrivateKey)));

    /// <summary>Signs each.</summary>
    public void Sign(IReadOnlyList<CertificateRecord> certificates) =>
        ForEach(certificates, certificate => certificate.Signature = profiles.Of(certificate).Issuer.Sign(certificate.ToBeSigned));

    /// <summary>Decrypts the private key of a stored certificate.</summary>
    public void Unwrap(CertificateRecord certificate)
    {
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
            var issuer = profiles.Of(certificate).Issuer;
            var encoded = SignedCertificate.Assemble(certificate.ToBeSigned, issuer.SignatureAlgorithm, certificate.Signature);
            if (!SignedCertificate.ToBeSignedIn(encoded).SequenceEqual(certificate.ToBeSigned))
                throw new CryptographicException($"The certificate of {certificate.MachineNumber} is not what was stored before it was signed.");
            packs[i] = new CertificatePack(certificate.MachineNumber, root, issuer.Chain, encoded, certificate.PrivateKey);
        }

        return packs;
    }

    private CertificateRecord Prepare(MachineNumber machineNumber, ToBeSigned template, DateTimeOffset now, EcKeySource keys)
    {
        Span<byte> scalar = stackalloc byte[EcKey.ScalarSize];
        Span<byte> point = stackalloc byte[EcKey.PointSize];
        keys.Make(scalar, point);
        var privateKey = EcKey.ToPkcs8(scalar, point);
        CryptographicOperations.ZeroMemory(scalar);
        var serialNumber = OrderedSerialNumber.Next(now);
        return new CertificateRecord
        {
            MachineNumber = machineNumber,
            SerialNumber = serialNumber,
            Issuer = template.Profile.Issuer.Number,
            NotAfter = template.NotAfter,
            ToBeSigned = template.Fill(serialNumber.ToBytes(), machineNumber, point),
            PrivateKey = privateKey,
            WrappedKey = protection.Wrap(privateKey, machineNumber.ToString()),
        };
    }

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

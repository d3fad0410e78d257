namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>Rules about the subject's public key (RFC 3279, RFC 5480, RFC 8017).</summary>
internal static class PublicKeyRules
{
    public static IReadOnlyList<LintRule> All { get; } =
    [
        new("RFC3279_2_3_KeyIsEcOrRsa", "The key is an EC key (id-ecPublicKey) or an RSA key (rsaEncryption).", LintScope.Every,
            static (in c) => IsEc(c) || IsRsa(c)),
        new("RFC5480_2_1_1_CurveIsNamed", "An EC key names its curve: P-256 or P-384.", LintScope.Every,
            static (in c) => !IsEc(c) || PointSize(c) > 0),
        new("RFC5480_2_2_PointIsUncompressed", "An EC point is uncompressed and of its curve's size.", LintScope.Every,
            static (in c) => !IsEc(c) || PointSize(c) == 0 || (c.Key.Length == PointSize(c) && c.Key[0] == 4)),
        new("RFC3279_2_3_1_RsaParametersAreNull", "The parameters of an RSA key are NULL.", LintScope.Every,
            static (in c) => !IsRsa(c) || c.KeyParameters is [5, 0]),
        new("RFC8017_A_1_1_RsaKeyIsModulusAndExponent", "An RSA key is a SEQUENCE of two positive INTEGERs.", LintScope.Every,
            static (in c) => !IsRsa(c) || TryRead(c, out _, out _)),
        new("RFC8017_3_1_RsaModulusHasEnoughBits", "An RSA modulus is odd and has 2048 to 4096 bits (NIST SP 800-57).", LintScope.Every,
            static (in c) => !IsRsa(c) || !TryRead(c, out var modulus, out _) || ((modulus.Length is > 256 and <= 512 || (modulus.Length == 256 && modulus[0] >= 0x80)) && (modulus[^1] & 1) == 1)),
        new("RFC8017_3_1_RsaExponentIsOddAndLarge", "An RSA exponent is odd, at least 65537 and below 2^256 (FIPS 186-5, 5.4).", LintScope.Every,
            static (in c) => !IsRsa(c) || !TryRead(c, out _, out var exponent) || IsGood(exponent)),
    ];

    public static bool IsEc(in CertificateContent c) => c.KeyAlgorithm.SequenceEqual(OidBytes.EcPublicKey);

    public static bool IsRsa(in CertificateContent c) => c.KeyAlgorithm.SequenceEqual(OidBytes.RsaEncryption);

    /// <summary>Octets of an uncompressed point of the key's curve; 0 where the curve is none of ours.</summary>
    private static int PointSize(in CertificateContent c)
    {
        if (c.KeyParameters is not [DerReader.Oid, _, .. var curve])
            return 0;
        return curve.SequenceEqual(OidBytes.P256) ? 65 : curve.SequenceEqual(OidBytes.P384) ? 97 : 0;
    }

    /// <summary>Modulus and exponent without the octet that makes an INTEGER positive.</summary>
    private static bool TryRead(in CertificateContent c, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent)
    {
        modulus = default;
        exponent = default;
        if (c.Key.IsEmpty || c.Key[0] != DerReader.Sequence)
            return false;
        var outer = new DerReader(c.Key);
        var numbers = outer.Inside(DerReader.Sequence);
        return numbers.TryRead(DerReader.Integer, out modulus)
            && numbers.TryRead(DerReader.Integer, out exponent)
            && !numbers.HasData
            && !outer.HasData
            && IsPositive(ref modulus)
            && IsPositive(ref exponent);
    }

    private static bool IsPositive(ref ReadOnlySpan<byte> number)
    {
        if (number is [0, >= 0x80, ..])
            number = number[1..];
        else if (number is [] or [0, ..] or [>= 0x80, ..])
            return false;
        return true;
    }

    private static bool IsGood(ReadOnlySpan<byte> exponent)
    {
        if ((exponent[^1] & 1) == 0 || exponent.Length > 32)
            return false;
        return exponent.Length > 3 || (exponent.Length == 3 && exponent is not [1, 0, 0]);
    }
}

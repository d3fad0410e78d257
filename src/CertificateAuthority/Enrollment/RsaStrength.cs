using System.Numerics;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>
/// Which RSA keys are certified: 2048 to 4096 bits and an exponent as FIPS 186-5 (5.4) has it, and none that is known to be weak: small factors, factors that lie close together
/// (Fermat), or the form of the chips of CVE-2017-15361 (ROCA), of which the modulus alone tells.
/// </summary>
internal static class RsaStrength
{
    public const int MinBits = 2048;
    public const int MaxBits = 4096;

    private const int FermatRounds = 100;
    private const int SmallFactorLimit = 752;
    private const int LargestTellingPrime = 167;
    private static readonly BigInteger LeastExponent = 65537;
    private static readonly BigInteger ExponentLimit = BigInteger.One << 256;
    private static readonly int[] SmallPrimes = [.. Enumerable.Range(3, SmallFactorLimit - 3).Where(number => Enumerable.Range(2, (int)Math.Sqrt(number) - 1).All(divisor => number % divisor != 0))];

    /// <summary>For each prime up to 167: the remainders that powers of 65537 leave. A modulus of the weak form leaves one of them everywhere, another one hardly ever does (1 : 2²⁷).</summary>
    private static readonly (int Prime, HashSet<int> Remainders)[] WeakForm =
        [.. SmallPrimes.Where(prime => prime <= LargestTellingPrime).Select(prime => (prime, PowersOf65537(prime)))];

    /// <summary>Passes a key that may be certified.</summary>
    public static void Require(BigInteger modulus, BigInteger exponent)
    {
        if (modulus.Sign <= 0 || modulus.GetBitLength() is < MinBits or > MaxBits)
            throw CertificationRequest.Invalid($"its RSA key has {(modulus.Sign <= 0 ? 0 : modulus.GetBitLength())} bits. Make one of {MinBits} to {MaxBits} bits");
        if (exponent < LeastExponent || exponent.IsEven || exponent >= ExponentLimit)
            throw CertificationRequest.Invalid("its RSA key's exponent is not an odd number of 65537 or more. Make a key with the exponent 65537");
        if (modulus.IsEven || Array.Exists(SmallPrimes, prime => (modulus % prime).IsZero))
            throw CertificationRequest.Invalid("its RSA key has a small factor: it is broken. Make a new key with a sound random generator");
        if (HasCloseFactors(modulus))
            throw CertificationRequest.Invalid("the two factors of its RSA key lie so close together that anybody can find them. Make a new key with another library");
        if (Array.TrueForAll(WeakForm, form => form.Remainders.Contains((int)(modulus % form.Prime))))
            throw CertificationRequest.Invalid("its RSA key was made by a chip whose keys can be broken (CVE-2017-15361). Make the key elsewhere, or take an EC key");
    }

    private static bool HasCloseFactors(BigInteger modulus)
    {
        var middle = SquareRoot(modulus);
        if (middle * middle < modulus)
            middle++;
        for (var round = 0; round < FermatRounds; round++, middle++)
        {
            var rest = (middle * middle) - modulus;
            var root = SquareRoot(rest);
            if (root * root == rest)
                return true;
        }

        return false;
    }

    /// <summary>The whole part of the square root (Newton).</summary>
    private static BigInteger SquareRoot(BigInteger number)
    {
        if (number.IsZero)
            return number;
        var root = BigInteger.One << (int)((number.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (number / root)) >> 1;
            if (next >= root)
                return root;
            root = next;
        }
    }

    private static HashSet<int> PowersOf65537(int prime)
    {
        var powers = new HashSet<int>();
        for (var power = 1; powers.Add(power);)
            power = (int)(power * (65537L % prime) % prime);
        return powers;
    }
}

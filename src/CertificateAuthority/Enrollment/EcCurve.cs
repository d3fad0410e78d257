using System.Globalization;
using System.Numerics;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>A curve y² = x³ − 3x + b over the prime field of p (SEC 2, 2.4.2 and 2.5.1). Both have the cofactor 1: a point on the curve is a point of the group.</summary>
internal sealed class EcCurve
{
    private readonly BigInteger _prime;
    private readonly BigInteger _b;
    private readonly int _size;

    private EcCurve(string name, int bits, string prime, string b)
    {
        Name = name;
        _size = bits / 8;
        _prime = BigInteger.Parse("0" + prime, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        _b = BigInteger.Parse("0" + b, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    public static EcCurve P256 { get; } = new(
        "EC P-256",
        256,
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

    public static EcCurve P384 { get; } = new(
        "EC P-384",
        384,
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef");

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>Passes a point of this curve, uncompressed (RFC 5480, 2.2).</summary>
    public void Require(ReadOnlySpan<byte> point)
    {
        if (point.Length != 1 + (2 * _size) || point[0] != 4)
            throw CertificationRequest.Invalid($"its key is not an uncompressed point of {Name}. Send 04, then both coordinates (openssl: -pkeyopt ec_point_format:uncompressed is the default)");
        var x = new BigInteger(point.Slice(1, _size), isUnsigned: true, isBigEndian: true);
        var y = new BigInteger(point[(1 + _size)..], isUnsigned: true, isBigEndian: true);
        if (x >= _prime || y >= _prime || !(((y * y) - (x * x * x) + (3 * x) - _b) % _prime).IsZero)
            throw CertificationRequest.Invalid($"its key is no point of {Name}. Make a new key");
    }
}

using System.Diagnostics.CodeAnalysis;

namespace ProvisioningStation.Protocol;

/// <summary>
/// The identity of one product: model code, hyphen, six-digit serial, such as <c>3012-123456</c> (<c>^[A-Z0-9]{4}-[0-9]{6}$</c>, wire contract).
/// It is what the barcode carries, what the certificate's subject says, and what a management center bills by.
/// </summary>
public readonly record struct MachineNumber : IComparable<MachineNumber>
{
    /// <summary>The number of characters of every machine number.</summary>
    public const int Length = 11;

    /// <summary>The highest serial of a model; serials run from 0 to this.</summary>
    public const int MaxSerial = 999_999;

    private readonly string? _value;

    private MachineNumber(string value) => _value = value;

    /// <summary>The machine number of <paramref name="model"/> with <paramref name="serial"/> (0 to <see cref="MaxSerial"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The serial does not fit six digits.</exception>
    public MachineNumber(ModelCode model, int serial)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(serial);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(serial, MaxSerial);
        _value = $"{model}-{serial:D6}";
    }

    /// <summary>The model code, the part before the hyphen.</summary>
    public ModelCode Model => ModelCode.Parse(Value[..ModelCode.Length]);

    /// <summary>The serial within the model, 0 to <see cref="MaxSerial"/>.</summary>
    public int Serial => int.Parse(Value.AsSpan(ModelCode.Length + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);

    private string Value => _value ?? throw new InvalidOperationException("An unset machine number was used.");

    /// <summary>Reads a machine number exactly as written: no trimming, no case folding, ASCII only.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MachineNumber machineNumber)
    {
        machineNumber = default;
        if (text is not { Length: Length } || text[ModelCode.Length] != '-' || !ModelCode.TryParse(text[..ModelCode.Length], out _))
            return false;
        for (var i = ModelCode.Length + 1; i < Length; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
                return false;
        }

        machineNumber = new MachineNumber(text);
        return true;
    }

    /// <summary>Reads a machine number.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidMachineNumber"/> where the text does not have the form.</exception>
    public static MachineNumber Parse(string? text) =>
        TryParse(text, out var machineNumber)
            ? machineNumber
            : throw new ProvisioningException(
                ErrorCode.InvalidMachineNumber,
                $"'{Printable.Shorten(text)}' is not a machine number. Expected four capital letters or digits, a hyphen and six digits, such as 3012-123456.");

    /// <inheritdoc/>
    public int CompareTo(MachineNumber other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

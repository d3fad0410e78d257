using System.Diagnostics.CodeAnalysis;

namespace ProvisioningStation.Protocol;

/// <summary>The model of a product: four capital letters or digits, such as <c>3012</c> or <c>A123</c>.</summary>
public readonly record struct ModelCode : IComparable<ModelCode>
{
    /// <summary>The number of characters of every model code.</summary>
    public const int Length = 4;

    private readonly string? _value;

    private ModelCode(string value) => _value = value;

    private string Value => _value ?? throw new InvalidOperationException("An unset model code was used.");

    /// <summary>Reads a model code exactly as written.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ModelCode model)
    {
        model = default;
        if (text is not { Length: Length })
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c) && !char.IsAsciiLetterUpper(c))
                return false;
        }

        model = new ModelCode(text);
        return true;
    }

    /// <summary>Reads a model code.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidModelCode"/> where the text does not have the form.</exception>
    public static ModelCode Parse(string? text) =>
        TryParse(text, out var model)
            ? model
            : throw new ProvisioningException(
                ErrorCode.InvalidModelCode,
                $"'{Printable.Shorten(text)}' is not a model code. Expected four capital letters or digits, such as 3012 or A123.");

    /// <inheritdoc/>
    public int CompareTo(ModelCode other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

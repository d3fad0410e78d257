using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation;

/// <summary>Section <c>Line</c>: which line this station stands at.</summary>
public sealed record LineOptions
{
    /// <summary>The line's name, which this station's certificate must carry too.</summary>
    [Required]
    [RegularExpression("^[0-9A-Za-z-]{1,16}$", ErrorMessage = "Allowed: 1 to 16 letters, digits and '-', such as 1001.")]
    public string Name { get; init; } = string.Empty;
}

using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.LineStation;

/// <summary>Section <c>Line</c>: which line this station stands at, and what it does there.</summary>
public sealed record LineOptions
{
    /// <summary>The line's name, which this station's certificate must carry too.</summary>
    [Required]
    [RegularExpression("^[0-9A-Za-z-]{1,16}$", ErrorMessage = "Allowed: 1 to 16 letters, digits and '-', such as 1001.")]
    public string Name { get; init; } = string.Empty;

    /// <summary>What is done to each board, in this order. Left out: <see cref="WholeLine"/>.</summary>
    public LineStep[]? Steps { get; init; }

    /// <summary>A line that takes a blank board and gives a proved unit.</summary>
    public static IReadOnlyList<LineStep> WholeLine { get; } = [LineStep.WriteCommonCertificate, LineStep.WriteCertificate, LineStep.InitializeParameters, LineStep.Prove];

    /// <summary>Whether <paramref name="step"/> is done here.</summary>
    public bool Does(LineStep step) => (Steps ?? WholeLine).Contains(step);
}

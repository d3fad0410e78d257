namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>Two figures side by side in a chart.</summary>
/// <param name="Label">Below them, short.</param>
/// <param name="Title">All of it in words, for the pointer.</param>
/// <param name="First">The outlined bar.</param>
/// <param name="Second">The filled bar.</param>
public sealed record BarPair(string Label, string Title, int First, int Second);

/// <summary>A chart's height in units: lines at round figures, at most four above the ground.</summary>
/// <param name="Step">Between two lines.</param>
/// <param name="Lines">Lines above the ground.</param>
internal sealed record BarScale(int Step, int Lines)
{
    private const int MaxLines = 4;

    /// <summary>The figure at the top line.</summary>
    public int Top => Step * Lines;

    /// <summary>The scale on which <paramref name="largest"/> fits.</summary>
    public static BarScale For(int largest)
    {
        for (var power = 1; ; power *= 10)
        {
            foreach (var step in new[] { power, 2 * power, 5 * power })
            {
                if ((largest + step - 1) / step is <= MaxLines and var lines)
                    return new BarScale(step, Math.Max(1, lines));
            }
        }
    }
}

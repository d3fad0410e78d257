using System.Text;

namespace ProvisioningStation.Protocol;

/// <summary>Makes text from outside fit to be shown: control and non-ASCII characters escaped, long text cut.</summary>
public static class Printable
{
    /// <summary>At most <paramref name="length"/> characters of <paramref name="text"/>, everything outside printable ASCII as <c>\uXXXX</c>.</summary>
    public static string Shorten(string? text, int length = 40)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        var result = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(length, text.Length)))
        {
            if (c is >= ' ' and <= '~')
                result.Append(c);
            else
                result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return text.Length > length ? result.Append('…').ToString() : result.ToString();
    }
}

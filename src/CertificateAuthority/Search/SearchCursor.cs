using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>Behind which row a page begins: the key of the order that the list has, and the row. Opaque to callers; good for the filters it was made under.</summary>
/// <param name="Filters">The digest of the filters.</param>
/// <param name="Key">The last row's place in the list's order; empty where the row alone is the order.</param>
/// <param name="Id">The last row.</param>
internal sealed record SearchCursor(string Filters, string Key, long Id)
{
    /// <summary>The text for the caller.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Filters}|{Key}|{Id}")));

    /// <summary>Reads a cursor; null without one.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> where it is none, or was made under other filters.</exception>
    public static SearchCursor? Parse(string? text, string filters)
    {
        if (text is null)
            return null;
        try
        {
            if (text.Length <= 300 && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|') is [var digest, var key, var row]
                && long.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                return digest == filters
                    ? new SearchCursor(digest, key, id)
                    : throw new ProvisioningException(ErrorCode.MalformedRequest, "The cursor was made under other filters. Keep the filters while you page, or begin without a cursor.");
            }
        }
        catch (FormatException)
        {
            // said below
        }

        throw new ProvisioningException(ErrorCode.MalformedRequest, $"The cursor '{Printable.Shorten(text)}' is none that this service gave. Begin without one.");
    }
}

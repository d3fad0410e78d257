using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>Which page of a list is wanted: <c>?limit=</c> and <c>?cursor=</c>. A cursor is the position of the last item of the page before, unreadable to callers on purpose.</summary>
internal sealed record PageRequest(int Limit, string? After)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>Reads the two values of a query.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static PageRequest Of(int? limit, string? cursor)
    {
        if (limit is < 1 or > MaxLimit)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {limit}. Allowed: 1 to {MaxLimit}.");
        return new PageRequest(limit ?? DefaultLimit, cursor is null ? null : Decode(cursor));
    }

    /// <summary>The position as a number, where the list is ordered by one.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public long? AfterNumber => After is null ? null
        : long.TryParse(After, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Foreign();

    /// <summary>The page; <paramref name="items"/> holds one more than the limit where there is a next one.</summary>
    public Page<T> Take<T>(IReadOnlyList<T> items, Func<T, string> position) => items.Count <= Limit
        ? new Page<T>(items, null)
        : new Page<T>([.. items.Take(Limit)], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(position(items[Limit - 1]))));

    private static string Decode(string cursor)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (FormatException)
        {
            throw Foreign();
        }
    }

    private static ProvisioningException Foreign() => new(ErrorCode.MalformedRequest, "cursor is none of this list. Take it from 'next' of the page before, or leave it out for the first page.");
}

using System.Globalization;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>Pages of a trail for those who ask over HTTP: the cursor is a sequence number, the latest entry comes first.</summary>
public static class AuditPaging
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>A page of what was found.</summary>
    public static Page<T> PageOf<T>(IReadOnlyList<T> items, int limit, Func<T, long> sequence) =>
        new(items, items.Count == limit ? sequence(items[^1]).ToString(CultureInfo.InvariantCulture) : null);

    /// <summary>Before which entry.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static long Before(string? cursor) => cursor is null
        ? long.MaxValue
        : long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? before
            : throw new ProvisioningException(ErrorCode.MalformedRequest, $"The cursor '{Printable.Shorten(cursor)}' is none that this service gave. Begin without one.");

    /// <summary>How many.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static int Limit(int? limit) => limit switch
    {
        null => DefaultLimit,
        >= 1 and <= MaxLimit => limit.Value,
        _ => throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {limit}. Allowed: 1 to {MaxLimit}."),
    };
}

using System.Globalization;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>A day in a query.</summary>
internal static class QueryDay
{
    /// <summary>Reads <c>yyyy-MM-dd</c>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>, naming the parameter.</exception>
    public static DateOnly Read(string name, string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"{name} is '{Printable.Shorten(text)}'. Expected a day such as 2026-11-21.");
}

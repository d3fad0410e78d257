using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>Which certificates are wanted; what is null does not matter. Ranges include both ends.</summary>
/// <param name="Model">Of this model.</param>
/// <param name="From">Machine numbers from this one on.</param>
/// <param name="To">Machine numbers up to this one.</param>
/// <param name="State">In this state.</param>
/// <param name="Factory">Asked for by this terminal.</param>
/// <param name="IssuedFrom">Whose request was received at this moment or later.</param>
/// <param name="IssuedTo">Whose request was received at this moment or earlier.</param>
/// <param name="ExpiresFrom">Whose validity ends at this moment or later.</param>
/// <param name="ExpiresTo">Whose validity ends at this moment or earlier.</param>
internal sealed record CertificateFilter(
    ModelCode? Model,
    MachineNumber? From,
    MachineNumber? To,
    CertificateState? State,
    string? Factory,
    DateTimeOffset? IssuedFrom,
    DateTimeOffset? IssuedTo,
    DateTimeOffset? ExpiresFrom,
    DateTimeOffset? ExpiresTo)
{
    /// <summary>Behind every machine number and every moment, as text.</summary>
    public const string Behind = "~";

    /// <summary>The lowest machine number that fits, as text.</summary>
    public string LowestNumber => Latest(From?.ToString() ?? string.Empty, Model?.ToString() ?? string.Empty);

    /// <summary>The highest machine number that fits, as text; it need not be one.</summary>
    public string HighestNumber
    {
        get
        {
            var (to, model) = (To?.ToString() ?? Behind, Model is null ? Behind : Model + Behind);
            return string.CompareOrdinal(to, model) < 0 ? to : model;
        }
    }

    /// <summary>What ties a cursor to the filters that it was made under.</summary>
    public string Digest()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Model}|{From}|{To}|{State}|{Factory}|{IssuedFrom:O}|{IssuedTo:O}|{ExpiresFrom:O}|{ExpiresTo:O}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));
    }

    /// <summary>Refuses filters that contradict each other.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public void Validate()
    {
        if (From is { } from && To is { } to && from.CompareTo(to) > 0)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"from ({from}) is behind to ({to}).");
        if (IssuedFrom > IssuedTo)
            throw new ProvisioningException(ErrorCode.MalformedRequest, "issuedFrom is later than issuedTo.");
        if (ExpiresFrom > ExpiresTo)
            throw new ProvisioningException(ErrorCode.MalformedRequest, "expiresFrom is later than expiresTo.");
    }

    /// <summary>The test of one row against all filters.</summary>
    public Func<CertificateRow, bool> Compile()
    {
        var (lowest, highest, state) = (LowestNumber, HighestNumber, State?.ToString());
        var (issuedFrom, issuedTo) = (Text(IssuedFrom, string.Empty), Text(IssuedTo, Behind));
        var (expiresFrom, expiresTo) = (Text(ExpiresFrom, string.Empty), Text(ExpiresTo, Behind));
        return row => IsWithin(row.MachineNumber, lowest, highest)
            && (state is null || row.State == state)
            && (Factory is null || row.Factory == Factory)
            && IsWithin(row.ReceivedAt, issuedFrom, issuedTo)
            && IsWithin(row.NotAfter, expiresFrom, expiresTo);
    }

    private static bool IsWithin(string text, string lowest, string highest) => string.CompareOrdinal(text, lowest) >= 0 && string.CompareOrdinal(text, highest) <= 0;

    private static string Text(DateTimeOffset? moment, string otherwise) => moment is { } known ? UtcText.Of(known) : otherwise;

    private static string Latest(string left, string right) => string.CompareOrdinal(left, right) > 0 ? left : right;
}

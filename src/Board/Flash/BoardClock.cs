using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// The board's clock, which may never have been set. It is believed at or behind its floor: the latest beginning of validity of all certificates in memory, which were
/// made before today. An unset clock makes nothing "not yet valid", and nothing in memory is ever judged by a clock: it must not turn a board back into a blank one.
/// </summary>
internal sealed class BoardClock(TimeProvider time)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1); // a clock on local time, most often

    private DateTimeOffset _floor = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero); // the firmware's build

    private bool IsBelieved => time.GetUtcNow() >= _floor;

    /// <summary>What it says, null while it can't be believed.</summary>
    public DateTimeOffset? BelievedNow => IsBelieved ? time.GetUtcNow() : null;

    /// <summary>Takes note of certificates that are in memory.</summary>
    public void Learn(StoredPack? pack, bool first)
    {
        if (pack is not null && (first || pack.LatestStart > _floor))
            _floor = pack.LatestStart;
    }

    /// <summary>Prepares the check of a peer: with an unset clock its validity is not judged.</summary>
    public void Apply(X509ChainPolicy policy)
    {
        if (IsBelieved)
            policy.VerificationTime = time.GetLocalNow().LocalDateTime;
        else
            policy.VerificationFlags |= X509VerificationFlags.IgnoreNotTimeValid;
    }

    /// <summary>Why <paramref name="certificate"/> may not be used now, null where it may.</summary>
    public string? FindProblem(X509Certificate2 certificate)
    {
        var now = time.GetUtcNow();
        var believed = IsBelieved;
        var said = now.ToString("u", CultureInfo.InvariantCulture);
        if (new DateTimeOffset(certificate.NotAfter) < (believed ? now : _floor))
            return $"it expired at {Utc(certificate.NotAfter)}; the board's clock says {said}. Set the clock if it is wrong; otherwise order a new certificate";
        return believed && new DateTimeOffset(certificate.NotBefore) > now + Tolerance
            ? $"it is not valid before {Utc(certificate.NotBefore)}; the board's clock says {said}. Set the clock if it is wrong"
            : null;
    }

    private static string Utc(DateTime value) => value.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture);
}

using System.Security.Cryptography;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// When a request that failed is sent again: after 1 s, 2 s, 4 s and so on, each up to a fifth shorter so that requests which failed together don't come back together. The time is stored
/// with the request, so that a restart neither forgets it nor begins anew.
/// </summary>
internal sealed class Retries(DailyBatchOptions options, FactoryClock clock)
{
    /// <summary>In a query: not waiting, or waiting longer than anything ever waits because the clock was set back. Parameters: <see cref="Limits"/>.</summary>
    public const string IsDue = "(next_try_at IS NULL OR next_try_at <= @now OR next_try_at > @longest)";

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The parameters of <see cref="IsDue"/>.</summary>
    public object Limits => new { now = clock.StoredNow, longest = FactoryClock.Stored(clock.UtcNow + Longest(null)) };

    /// <summary>What is stored after the try number <paramref name="attempt"/> failed.</summary>
    public Retry After(int attempt, Exception cause)
    {
        var code = (cause as ProvisioningException)?.Code ?? ErrorCode.Internal;
        var wait = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Min(attempt, 30) - 1), Longest(code).TotalSeconds);
        var jitter = 1 - (RandomNumberGenerator.GetInt32(2001) / 10_000.0);
        return new Retry(FactoryClock.Stored(clock.UtcNow + TimeSpan.FromSeconds(wait * jitter)), code.ToString(), Printable.Shorten(cause.Message, 390));
    }

    /// <summary>A CA that is silent is asked often, one that has refused seldom: each refusal is on record there.</summary>
    private TimeSpan Longest(ErrorCode? code) => code == ErrorCode.CaUnavailable || options.CheckEvery > options.RetryAtMost ? options.CheckEvery : options.RetryAtMost;
}

/// <summary>A failure as it stands beside a request.</summary>
/// <param name="NextTryAt">When it is sent again.</param>
/// <param name="Code">Its <see cref="ErrorCode"/>.</param>
/// <param name="Error">Why, in a sentence.</param>
internal sealed record Retry(string NextTryAt, string Code, string Error)
{
    /// <summary>In an update. Parameters: <see cref="For"/>.</summary>
    public const string Columns = "next_try_at = @NextTryAt, error_code = @Code, last_error = @Error";

    /// <summary>The parameters, with the id of the request.</summary>
    public object For(RequestId requestId) => new { Id = requestId.ToString(), NextTryAt, Code, Error };
}

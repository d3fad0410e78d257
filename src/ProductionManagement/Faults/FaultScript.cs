using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.ProductionManagement.Faults;

/// <summary>What goes wrong on purpose, so that the terminal's behaviour can be rehearsed.</summary>
internal sealed record FaultOptions
{
    /// <summary>The first so many requests are refused.</summary>
    [Range(0, int.MaxValue)]
    public int FailFirst { get; init; }

    /// <summary>With this HTTP status.</summary>
    [Range(400, 599)]
    public int Status { get; init; } = StatusCodes.Status503ServiceUnavailable;

    /// <summary>Every answer waits this long.</summary>
    public TimeSpan Delay { get; init; }
}

/// <summary>Plays <see cref="FaultOptions"/>.</summary>
internal sealed class FaultScript(FaultOptions options, TimeProvider time)
{
    private int _requests;

    /// <summary>How many requests came.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>The status of the next answer, null where nothing goes wrong.</summary>
    public async Task<int?> NextAsync(CancellationToken cancellationToken)
    {
        if (options.Delay > TimeSpan.Zero)
            await Task.Delay(options.Delay, time, cancellationToken);
        return Interlocked.Increment(ref _requests) <= options.FailFirst ? options.Status : null;
    }
}

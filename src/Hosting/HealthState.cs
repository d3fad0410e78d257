using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ProvisioningStation.Hosting;

/// <summary>What a program knows of its own health: conditions that hold or not, and when each job last succeeded.</summary>
public sealed class HealthState(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JobHealth> _jobs = new(StringComparer.Ordinal);

    /// <summary>What is wrong now, by condition, in sentences for people.</summary>
    public IReadOnlyDictionary<string, string> Problems => _problems;

    /// <summary>The last runs of each job.</summary>
    public IReadOnlyDictionary<string, JobHealth> Jobs => _jobs;

    /// <summary>Says that a condition does not hold, and why.</summary>
    public void Report(string condition, string problem) => _problems[condition] = problem;

    /// <summary>Says that a condition holds.</summary>
    public void Clear(string condition) => _problems.TryRemove(condition, out _);

    internal void JobSucceeded(string job) => _jobs[job] = new JobHealth(time.GetUtcNow(), null, null);

    internal void JobFailed(string job, string error) =>
        _jobs.AddOrUpdate(job, new JobHealth(null, time.GetUtcNow(), error), (_, earlier) => earlier with { LastFailure = time.GetUtcNow(), Error = error });
}

/// <summary>The last success and failure of a periodic job.</summary>
public sealed record JobHealth(DateTimeOffset? LastSuccess, DateTimeOffset? LastFailure, string? Error);

/// <summary>The answer of <c>GET /health</c>.</summary>
public sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string> Problems, IReadOnlyDictionary<string, JobHealth> Jobs);

/// <summary>Serves a program's health.</summary>
public static class HealthEndpoint
{
    /// <summary>Maps <c>GET /health</c>: <c>ok</c>, or <c>degraded</c> with what is wrong. It answers 200 in both cases: a program that works on with less is alive.</summary>
    /// <remarks><c>/health/live</c> answers as long as the program does; <c>/health/ready</c> answers 503 with what is wrong while a <see cref="ReadinessCheck"/> finds something.</remarks>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health", (HealthState health) =>
        {
            var failing = health.Jobs.Any(job => job.Value.Error is not null) || !health.Problems.IsEmptyDictionary();
            return TypedResults.Json(new HealthAnswer(failing ? "degraded" : "ok", health.Problems, health.Jobs));
        });
        app.MapGet("/health/live", () => TypedResults.Json(new ReadinessAnswer("live", new Dictionary<string, string>(StringComparer.Ordinal))));
        app.MapGet("/health/ready", async (IEnumerable<ReadinessCheck> checks, CancellationToken cancellationToken) =>
        {
            var problems = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var check in checks)
            {
                if (await check.FindProblemAsync(cancellationToken) is { } problem)
                    problems[check.Condition] = problem;
            }

            var isReady = problems.Count == 0;
            return TypedResults.Json(new ReadinessAnswer(isReady ? "ready" : "not ready", problems), statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
    }

    private static bool IsEmptyDictionary<TKey, TValue>(this IReadOnlyDictionary<TKey, TValue> dictionary) => dictionary.Count == 0;
}

using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Every pull of the plan: what was asked for, by whom, and what became of it.</summary>
internal sealed class PullHistory(Database database)
{
    private const int MaxError = 400;

    private const string Columns = """
        pull_id AS "Id", month AS "Month", source AS "Source", place AS "Place", actor AS "Actor", at AS "At", last_at AS "LastAt", attempts AS "Attempts", outcome AS "Outcome",
        good_rows AS "GoodRows", bad_rows AS "BadRows", error AS "Error", decided_at AS "DecidedAt", decided_by AS "DecidedBy"
        """;

    /// <summary>At most <paramref name="limit"/> pulls before <paramref name="before"/>, the latest first.</summary>
    public IReadOnlyList<PulledPlan> List(long? before, int limit) => database.Read(connection =>
        connection.Query<Stored>($"SELECT {Columns} FROM plan_pull WHERE pull_id < @before ORDER BY pull_id DESC", new { before = before ?? long.MaxValue }, buffered: false)
            .Take(limit) // no LIMIT: it is one database's word, and the reader stops by itself
            .Select(row => row.ToPull())
            .ToList());

    /// <summary>The pull of this number.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public static PulledPlan Find(DbConnection connection, DbTransaction? transaction, long id) =>
        connection.QuerySingleOrDefault<Stored>($"SELECT {Columns} FROM plan_pull WHERE pull_id = @id", new { id }, transaction)?.ToPull()
            ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no pull {id} of the plan. The history lists those that are known.");

    /// <summary>Those that wait for a decision, by month.</summary>
    public static IReadOnlyList<PulledPlan> ReadWaiting(DbConnection connection, DbTransaction? transaction = null) =>
        connection.Query<Stored>($"SELECT {Columns} FROM plan_pull WHERE outcome = @waiting ORDER BY month, pull_id", new { waiting = nameof(PlanOutcome.Waiting) }, transaction)
            .Select(row => row.ToPull())
            .ToList();

    /// <summary>The latest pull, null where there is none yet.</summary>
    public static PulledPlan? FindLatest(DbConnection connection, DbTransaction? transaction = null) =>
        connection.Query<Stored>($"SELECT {Columns} FROM plan_pull WHERE pull_id = (SELECT MAX(pull_id) FROM plan_pull)", transaction: transaction).SingleOrDefault()?.ToPull();

    /// <summary>What the pull of this number consisted of, null where it is none.</summary>
    public static string? FindContent(DbConnection connection, DbTransaction? transaction, long id) =>
        connection.QuerySingleOrDefault<string>("SELECT content_sha256 FROM plan_pull WHERE pull_id = @id", new { id }, transaction);

    /// <summary>When a source last had a plan of <paramref name="month"/>, whatever became of it.</summary>
    public static string? FindAnsweredAt(DbConnection connection, PlanMonth month) => connection.ExecuteScalar<string?>(
        "SELECT MAX(last_at) FROM plan_pull WHERE month = @month AND outcome <> @failed",
        new { month = month.ToString(), failed = nameof(PlanOutcome.Failed) });

    /// <summary>Adds a pull and gives it its number. A failure like the latest pull's is counted there.</summary>
    public static PulledPlan Add(DbConnection connection, DbTransaction transaction, PulledPlan pull, string? content)
    {
        var error = pull.Error is { Length: > MaxError } longer ? longer[..(MaxError - 1)] + "…" : pull.Error;
        if (pull.Outcome == PlanOutcome.Failed && FindLatest(connection, transaction) is { } latest && IsRepeated(latest, pull with { Error = error }))
        {
            connection.Execute(
                "UPDATE plan_pull SET last_at = @now, attempts = attempts + 1 WHERE pull_id = @Id",
                new { now = UtcText.Of(pull.At), latest.Id },
                transaction);
            return latest with { LastAt = pull.At, Attempts = latest.Attempts + 1 };
        }

        connection.Execute(
            """
            INSERT INTO plan_pull (month, source, place, actor, at, last_at, attempts, outcome, good_rows, bad_rows, content_sha256, error)
            VALUES (@Month, @source, @Place, @Actor, @now, @now, 1, @outcome, @GoodRows, @BadRows, @content, @error)
            """,
            new { pull.Month, source = pull.Source.ToString(), pull.Place, pull.Actor, now = UtcText.Of(pull.At), outcome = pull.Outcome.ToString(), pull.GoodRows, pull.BadRows, content, error },
            transaction);
        return pull with { Id = connection.ExecuteScalar<long>("SELECT MAX(pull_id) FROM plan_pull", transaction: transaction), Error = error };
    }

    /// <summary>Ends the waiting of a pull.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where it does not wait any more.</exception>
    public static void End(DbConnection connection, DbTransaction transaction, PulledPlan pull, PlanOutcome outcome, string? now, string? who)
    {
        var rows = connection.Execute(
            "UPDATE plan_pull SET outcome = @outcome, decided_at = @now, decided_by = @who WHERE pull_id = @Id AND outcome = @waiting",
            new { outcome = outcome.ToString(), now, who, pull.Id, waiting = nameof(PlanOutcome.Waiting) },
            transaction);
        if (rows != 1)
            throw new ProvisioningException(ErrorCode.Conflict, $"Pull {pull.Id} does not wait for a decision: it is {pull.Outcome}. Look at what waits now.");
        PlanDrafts.DeleteRows(connection, transaction, pull.Id);
    }

    /// <summary>Forgets pulls that ended before <paramref name="before"/>, with their bad rows.</summary>
    public Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var parameters = new { before = UtcText.Of(before), waiting = nameof(PlanOutcome.Waiting) };
        const string Old = "FROM plan_pull WHERE last_at < @before AND outcome <> @waiting";
        if (database.Read(connection => connection.ExecuteScalar<int>($"SELECT COUNT(*) {Old}", parameters)) == 0)
            return Task.CompletedTask;
        return database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute($"DELETE FROM plan_bad_row WHERE pull_id IN (SELECT pull_id {Old})", parameters, transaction);
                connection.Execute($"DELETE {Old}", parameters, transaction);
            },
            cancellationToken);
    }

    private static bool IsRepeated(PulledPlan latest, PulledPlan now) =>
        latest.Outcome == PlanOutcome.Failed
        && (latest.Month, latest.Source, latest.Place, latest.Actor, latest.Error) == (now.Month, now.Source, now.Place, now.Actor, now.Error);

    private sealed record Stored
    {
        public long Id { get; init; }

        public string Month { get; init; } = string.Empty;

        public string Source { get; init; } = string.Empty;

        public string Place { get; init; } = string.Empty;

        public string Actor { get; init; } = string.Empty;

        public string At { get; init; } = string.Empty;

        public string LastAt { get; init; } = string.Empty;

        public long Attempts { get; init; }

        public string Outcome { get; init; } = string.Empty;

        public long GoodRows { get; init; }

        public long BadRows { get; init; }

        public string? Error { get; init; }

        public string? DecidedAt { get; init; }

        public string? DecidedBy { get; init; }

        public PulledPlan ToPull() => new(
            Id,
            Month,
            Enum.Parse<PlanSource>(Source),
            Place,
            Actor,
            UtcText.Parse(At),
            UtcText.Parse(LastAt),
            (int)Attempts,
            Enum.Parse<PlanOutcome>(Outcome),
            (int)GoodRows,
            (int)BadRows,
            Error,
            DecidedAt is null ? null : UtcText.Parse(DecidedAt),
            DecidedBy);
    }
}

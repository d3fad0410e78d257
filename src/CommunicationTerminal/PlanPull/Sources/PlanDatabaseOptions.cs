using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>The factory's own database, where <see cref="PlanPullOptions.Source"/> is <c>Database</c>. It is only read.</summary>
internal sealed record PlanDatabaseOptions : IValidatableObject
{
    /// <summary>Which database it is.</summary>
    public PlanDatabaseProvider Provider { get; init; } = PlanDatabaseProvider.SqlServer;

    /// <summary>The file (mode 0600, relative to the data directory) whose text is the connection string: it holds a password and never stands here.</summary>
    [Required]
    public string ConnectionFile { get; init; } = "plan-database.connection";

    /// <summary>
    /// One SELECT that gives the columns date, model, count and, where there are, firstSerial and line. Parameters: <c>@month</c> (yyyy-MM), <c>@first</c> and <c>@last</c>
    /// (the month's days, yyyy-MM-dd).
    /// </summary>
    public string? Query { get; init; }

    /// <summary>A query that gives more rows is refused.</summary>
    [Range(1, 100_000)]
    public int MaxRows { get; init; } = 20_000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var query = Query?.Trim();
        if (query is null)
            yield break;
        if (!query.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase) && !query.StartsWith("WITH", StringComparison.OrdinalIgnoreCase))
            yield return new ValidationResult("Allowed: one SELECT (or WITH … SELECT); the factory's database is only read.", [nameof(Query)]);
        if (query.Contains(';', StringComparison.Ordinal))
            yield return new ValidationResult("Allowed: one statement, without a semicolon.", [nameof(Query)]);
    }
}

/// <summary>The databases that can be asked.</summary>
internal enum PlanDatabaseProvider
{
    /// <summary>Microsoft SQL Server, or what speaks its protocol.</summary>
    SqlServer,

    /// <summary>A SQLite file.</summary>
    Sqlite,
}

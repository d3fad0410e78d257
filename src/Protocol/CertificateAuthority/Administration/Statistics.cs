namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>By what statistics are added up.</summary>
public enum StatisticsGroup
{
    /// <summary>UTC day.</summary>
    Day,

    /// <summary>Model.</summary>
    Model,

    /// <summary>Factory.</summary>
    Factory,
}

/// <summary>What happened in a period, from the CA's counters. First certificates are <see cref="StatisticsFigures.Issued"/> and <see cref="StatisticsFigures.Signed"/> together.</summary>
/// <param name="From">The first UTC day.</param>
/// <param name="To">The last UTC day.</param>
/// <param name="GroupBy">What a row stands for.</param>
/// <param name="Rows">One for each day, model or factory with anything to tell, in order.</param>
/// <param name="Totals">All of them together.</param>
public sealed record Statistics(DateOnly From, DateOnly To, StatisticsGroup GroupBy, IReadOnlyList<StatisticsRow> Rows, StatisticsRow Totals);

/// <summary>One row.</summary>
/// <param name="Key">The day, model or factory; empty for the totals.</param>
/// <param name="Figures">What happened.</param>
/// <param name="Quota">The quotas whose period touches the one asked for; null for a day, since a quota is not divided among days.</param>
public sealed record StatisticsRow(string Key, StatisticsFigures Figures, QuotaFigures? Quota);

/// <summary>How many certificates.</summary>
/// <param name="Issued">First ones, with a key of the CA's making.</param>
/// <param name="Signed">First ones, for a key that the board made.</param>
/// <param name="Reissued">In place of one that could not be written.</param>
/// <param name="Renewed">Renewed by devices in the field.</param>
/// <param name="Acknowledged">Stored at their terminal.</param>
/// <param name="Superseded">Replaced by a later one.</param>
/// <param name="Revoked">Revoked.</param>
/// <param name="Expired">Whose keys were wiped because nobody acknowledged them in time.</param>
public sealed record StatisticsFigures(long Issued, long Signed, long Reissued, long Renewed, long Acknowledged, long Superseded, long Revoked, long Expired);

/// <summary>What quotas allow.</summary>
/// <param name="Approved">The amount approved; of a withdrawn quota what was used.</param>
/// <param name="Used">How much of it is used.</param>
/// <param name="Left">How much of it is left.</param>
/// <param name="Proposed">How much waits for an approver.</param>
public sealed record QuotaFigures(long Approved, long Used, long Left, long Proposed);

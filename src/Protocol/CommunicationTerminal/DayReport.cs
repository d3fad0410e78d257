namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>
/// What became of the units of one day of the plan (P-31), as the terminal signs it. Its octets are what is signed, so that any tool can verify it:
/// <c>openssl dgst -sha256 -verify KEY.pem -signature REPORT.sig REPORT.json</c>.
/// </summary>
/// <param name="Kind"><see cref="KindOfReport"/>, so that the signature is good for nothing else.</param>
/// <param name="Factory">The terminal's name, which is its factory's.</param>
/// <param name="TimeZone">The zone in which days begin and end, IANA.</param>
/// <param name="Date">The day of the plan.</param>
/// <param name="Version">1, and one more for every correction: units of the day that were finished later.</param>
/// <param name="Predecessor">SHA-256 of the version before; null for the first.</param>
/// <param name="MadeAt">When, UTC.</param>
/// <param name="Models">The day by model.</param>
/// <param name="Lines">What the lines did in the time of <paramref name="Events"/>, whichever day the units are of.</param>
/// <param name="Units">All units of the day, as a digest.</param>
/// <param name="Events">All steps of units that were recorded since the report before, up to the end of the day, as a digest: none of them can be changed or taken away unnoticed.</param>
/// <param name="Discrepancies">What does not add up, in words; empty where everything does.</param>
public sealed record DayReport(
    string Kind,
    string Factory,
    string TimeZone,
    DateOnly Date,
    int Version,
    string? Predecessor,
    DateTimeOffset MadeAt,
    IReadOnlyList<ReportedModel> Models,
    IReadOnlyList<ReportedLine> Lines,
    UnitDigest Units,
    EventDigest Events,
    IReadOnlyList<string> Discrepancies)
{
    /// <summary>What every report begins with.</summary>
    public const string KindOfReport = "provisioning-station day report";
}

/// <summary>A model's day: <paramref name="Planned"/> = <paramref name="Proved"/> + <paramref name="Scrapped"/> + <paramref name="Outstanding"/>.</summary>
/// <param name="Model">The model code.</param>
/// <param name="Planned">Units that have a number for the day and are to be built: counted apart from their states.</param>
/// <param name="Proved">Finished.</param>
/// <param name="Scrapped">Not to be finished, by decision.</param>
/// <param name="Outstanding">All others that are to be built.</param>
/// <param name="Withdrawn">Numbers that the plan has no use for any more; not in <paramref name="Planned"/>.</param>
/// <param name="Purged">Units whose unused packs were deleted with their model; not in <paramref name="Planned"/>.</param>
/// <param name="InPlan">What the plan says now; null where it says nothing of the model that day.</param>
/// <param name="Attempts">Certificates that the units had, in all.</param>
/// <param name="Failures">Failed writes and proofs among them.</param>
public sealed record ReportedModel(string Model, int Planned, int Proved, int Scrapped, int Outstanding, int Withdrawn, int Purged, int? InPlan, int Attempts, int Failures);

/// <summary>What one line did.</summary>
/// <param name="Line">The line.</param>
/// <param name="Written">Written flags that were set.</param>
/// <param name="Proved">Units proved.</param>
/// <param name="Failures">Failed writes and proofs.</param>
public sealed record ReportedLine(string Line, int Written, int Proved, int Failures);

/// <summary>A digest of units, in order of machine numbers: SHA-256 over one line <c>number SP state SP attempt SP fingerprint LF</c> each, a dash where there is no certificate.</summary>
/// <param name="Count">How many.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record UnitDigest(int Count, string Sha256);

/// <summary>A digest of recorded steps, in order of their ids: SHA-256 over their columns, each with its length before it.</summary>
/// <param name="After">The last id that is not in it.</param>
/// <param name="Until">The last id that is.</param>
/// <param name="Count">How many.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record EventDigest(long After, long Until, long Count, string Sha256);

/// <summary>A report with the terminal's signature.</summary>
/// <param name="Date">The day of the plan.</param>
/// <param name="Version">Which version.</param>
/// <param name="MadeAt">When, UTC.</param>
/// <param name="Sha256">Of <paramref name="Content"/>.</param>
/// <param name="Content">The <see cref="DayReport"/> as JSON, octet by octet as it was signed.</param>
/// <param name="Signature">ECDSA with SHA-256 over <paramref name="Content"/> (DER).</param>
/// <param name="Certificate">PEM: the terminal's certificate and the issuing CAs above it, without the root.</param>
public sealed record SignedDayReport(DateOnly Date, int Version, DateTimeOffset MadeAt, string Sha256, byte[] Content, byte[] Signature, string Certificate);

/// <summary>One line in the list of reports.</summary>
/// <param name="Date">The day of the plan.</param>
/// <param name="Version">Which version.</param>
/// <param name="MadeAt">When, UTC.</param>
/// <param name="Sha256">Of its content.</param>
/// <param name="IsLatest">Whether no later version corrects it.</param>
public sealed record DayReportSummary(DateOnly Date, int Version, DateTimeOffset MadeAt, string Sha256, bool IsLatest);

/// <summary>What a check of the records against all reports found.</summary>
/// <param name="Reports">How many reports were compared.</param>
/// <param name="Events">How many recorded steps.</param>
/// <param name="Findings">What is wrong, in words, the oldest day first; empty where nothing is.</param>
public sealed record ReportCheck(int Reports, long Events, IReadOnlyList<string> Findings);

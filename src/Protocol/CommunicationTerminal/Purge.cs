namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>What a purge of a model would delete, as the terminal's <c>GET /api/purge/{model}</c> tells it (P-22).</summary>
/// <param name="Model">The model code.</param>
/// <param name="Unused">Packs in store that no line has had: these are deleted.</param>
/// <param name="InHand">Packs that a line has had and that are not written; they stay.</param>
/// <param name="Waiting">Units that wait for a new certificate or for a person's decision; they stay.</param>
/// <param name="PlannedUntil">The last day from today on for which the plan has units of the model; null where it is not planned any more.</param>
public sealed record PurgePreview(string Model, int Unused, int InHand, int Waiting, DateOnly? PlannedUntil);

/// <summary><c>POST /api/purge</c>: delete a model's unused packs.</summary>
/// <param name="Model">The model code.</param>
/// <param name="ExpectedCount">How many the caller was told; another number is a conflict.</param>
/// <param name="EvenIfPlanned">Whether to do it although the model is still planned.</param>
public sealed record PurgeRequest(string Model, int ExpectedCount, bool EvenIfPlanned = false);

/// <summary>The receipt of a purge.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Model">The model code.</param>
/// <param name="IsDone">Whether all are deleted; until then the terminal goes on by itself.</param>
/// <param name="OrderedBy">Who ordered it.</param>
/// <param name="OrderedAt">When.</param>
/// <param name="Expected">How many there were.</param>
/// <param name="Deleted">How many are deleted so far.</param>
/// <param name="FinishedAt">When the last was.</param>
/// <param name="CertificatesSha256">SHA-256 over one line "machine number, space, fingerprint" for each deleted certificate, in order of machine numbers, each ended by LF.</param>
public sealed record PurgeReceipt(Guid Id, string Model, bool IsDone, string OrderedBy, DateTimeOffset OrderedAt, int Expected, int Deleted, DateTimeOffset? FinishedAt, string? CertificatesSha256);

/// <summary>A model's packs, as the terminal's <c>GET /api/stock</c> tells them (P-23).</summary>
/// <param name="Model">The model code.</param>
/// <param name="IsManaged">Whether its units get certificates.</param>
/// <param name="InStore">Packs in store that are not written.</param>
/// <param name="InHand">Of these, the packs that a line has had.</param>
/// <param name="Waiting">Units that wait for a new certificate.</param>
/// <param name="Blocked">Units that wait for a person's decision.</param>
/// <param name="UsedToday">Packs whose written flag was set today.</param>
public sealed record ModelStock(string Model, bool IsManaged, int InStore, int InHand, int Waiting, int Blocked, int UsedToday)
{
    /// <summary>Whether its boards make their own keys (P-28), so that no packs are ordered for its units.</summary>
    public bool BoardMakesKey { get; init; }
}

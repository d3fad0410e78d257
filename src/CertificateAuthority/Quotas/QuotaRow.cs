using System.Globalization;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>A quota as it stands in the table; <see cref="ToQuota"/> is what the API shows of it.</summary>
internal sealed record QuotaRow
{
    public const string Columns = """
        id AS Id, factory AS Factory, model AS Model, starts_on AS StartsOn, ends_on AS EndsOn, amount AS Amount, used AS Used, state AS State, order_number AS OrderNumber, note AS Note,
        proposed_by AS ProposedBy, proposer_name AS ProposerName, proposer_fingerprint AS ProposerFingerprint, proposed_at AS ProposedAt,
        decided_by AS DecidedBy, decided_at AS DecidedAt, decision_note AS DecisionNote
        """;

    public required long Id { get; init; }

    public required string Factory { get; init; }

    public required string Model { get; init; }

    public required string StartsOn { get; init; }

    public required string EndsOn { get; init; }

    public required long Amount { get; init; }

    public long Used { get; init; }

    public required string State { get; init; }

    public string? OrderNumber { get; init; }

    public string? Note { get; init; }

    public required string ProposedBy { get; init; }

    public required string ProposerName { get; init; }

    public required string ProposerFingerprint { get; init; }

    public required string ProposedAt { get; init; }

    public string? DecidedBy { get; init; }

    public string? DecidedAt { get; init; }

    public string? DecisionNote { get; init; }

    public QuotaState QuotaState => Enum.Parse<QuotaState>(State);

    public Quota ToQuota() => new(
        Id,
        Factory,
        Model,
        DateOnly.ParseExact(StartsOn, "yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateOnly.ParseExact(EndsOn, "yyyy-MM-dd", CultureInfo.InvariantCulture),
        Amount,
        Used,
        QuotaState,
        OrderNumber,
        Note,
        ProposedBy,
        UtcText.Parse(ProposedAt),
        DecidedBy,
        DecidedAt is null ? null : UtcText.Parse(DecidedAt),
        DecisionNote);
}

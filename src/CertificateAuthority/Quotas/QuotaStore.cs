using System.Data.Common;
using System.Globalization;
using Dapper;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>Which quotas are listed; null means any.</summary>
internal sealed record QuotaFilter(string? Factory, ModelCode? Model, QuotaState? State, DateOnly? ActiveOn);

/// <summary>The quotas and what is decided about them. Every change is an audit event in its transaction.</summary>
internal sealed class QuotaStore(Database database, AuditTrail audit, TimeProvider time)
{
    /// <summary>The quota.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public Quota Get(long id) => database.Read(connection => Get(connection, null, id)).ToQuota();

    /// <summary>At most <paramref name="limit"/> quotas older than <paramref name="before"/>, the newest first.</summary>
    public IReadOnlyList<Quota> List(QuotaFilter filter, long? before, int limit)
    {
        var conditions = new List<string> { "1 = 1" };
        if (filter.Factory is not null)
            conditions.Add("factory = @factory");
        if (filter.Model is not null)
            conditions.Add("model = @model");
        if (filter.State is not null)
            conditions.Add("state = @state");
        if (filter.ActiveOn is not null)
            conditions.Add("starts_on <= @day AND ends_on >= @day");
        if (before is not null)
            conditions.Add("id < @before");
        var values = new { factory = filter.Factory, model = filter.Model?.ToString(), state = filter.State?.ToString(), day = filter.ActiveOn is { } day ? QuotaRules.Text(day) : null, before };
        return database.Read(connection => connection
            .Query<QuotaRow>($"SELECT {QuotaRow.Columns} FROM quota WHERE {string.Join(" AND ", conditions)} ORDER BY id DESC", values, buffered: false)
            .Take(limit)
            .Select(row => row.ToQuota())
            .ToList());
    }

    /// <summary>Stores a proposal of <paramref name="proposer"/>, who is also the caller.</summary>
    public Task<Quota> ProposeAsync(CheckedProposal proposal, PeerIdentity proposer, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => Propose(connection, transaction, proposal, proposer, proposer), cancellationToken);

    /// <summary>Stores a proposal in the caller's transaction.</summary>
    public Quota Propose(DbConnection connection, DbTransaction transaction, CheckedProposal proposal, PeerIdentity proposer, PeerIdentity caller)
    {
        var row = new QuotaRow
        {
            Id = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM quota", transaction: transaction),
            Factory = proposal.Factory,
            Model = proposal.Model.ToString(),
            StartsOn = QuotaRules.Text(proposal.StartsOn),
            EndsOn = QuotaRules.Text(proposal.EndsOn),
            Amount = proposal.Amount,
            State = nameof(QuotaState.Proposed),
            OrderNumber = proposal.OrderNumber,
            Note = proposal.Note,
            ProposedBy = proposer.ToString(),
            ProposerName = proposer.Name,
            ProposerFingerprint = proposer.Fingerprint?.ToString() ?? throw new InvalidOperationException("A proposer without a certificate."),
            ProposedAt = UtcText.Of(time.GetUtcNow()),
        };
        connection.Execute(
            """
            INSERT INTO quota (id, factory, model, starts_on, ends_on, amount, used, state, order_number, note, proposed_by, proposer_name, proposer_fingerprint, proposed_at)
            VALUES (@Id, @Factory, @Model, @StartsOn, @EndsOn, @Amount, 0, @State, @OrderNumber, @Note, @ProposedBy, @ProposerName, @ProposerFingerprint, @ProposedAt)
            """,
            row,
            transaction);
        audit.Append(connection, transaction, caller.ToString(), "QuotaProposed", Subject(row.Id), detail: Describe(row, row.Note));
        return row.ToQuota();
    }

    /// <summary>Takes a quota to <paramref name="next"/>, unless <paramref name="precondition"/>, which gets it as it stands inside the transaction, throws.</summary>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> where its state does not allow it; <see cref="ErrorCode.NotAuthorized"/> where the proposer would approve or reject.
    /// </exception>
    public Task<Quota> DecideAsync(long id, QuotaState next, PeerIdentity decider, string? note, CancellationToken cancellationToken, Action<Quota>? precondition = null) => database.WriteAsync(
        (connection, transaction) =>
        {
            var row = Get(connection, transaction, id);
            if (next is QuotaState.Approved or QuotaState.Rejected)
                RequireSecondPerson(row, decider);
            precondition?.Invoke(row.ToQuota());
            QuotaLife.Require(row.QuotaState, next);
            var changed = connection.Execute(
                "UPDATE quota SET state = @next, decided_by = @by, decided_at = @at, decision_note = @note WHERE id = @id AND state = @State",
                new { next = next.ToString(), by = decider.ToString(), at = UtcText.Of(time.GetUtcNow()), note, id, row.State },
                transaction);
            if (changed != 1)
                throw new ProvisioningException(ErrorCode.Conflict, $"Quota {id} has just been changed by somebody else.");
            audit.Append(connection, transaction, decider.ToString(), "Quota" + next, Subject(id), detail: Describe(row, note));
            return Get(connection, transaction, id).ToQuota();
        },
        cancellationToken);

    /// <summary>The quotas of a production order, line by line.</summary>
    public static IReadOnlyList<Quota> OfOrder(DbConnection connection, DbTransaction? transaction, string factory, string orderNumber) =>
        connection.Query<QuotaRow>($"SELECT {QuotaRow.Columns} FROM quota WHERE factory = @factory AND order_number = @orderNumber ORDER BY id", new { factory, orderNumber }, transaction)
            .Select(row => row.ToQuota())
            .ToList();

    /// <summary>The roles are different certificates already; a person who has two of them is known by the name, and a certificate by its fingerprint.</summary>
    private static void RequireSecondPerson(QuotaRow row, PeerIdentity decider)
    {
        if (string.Equals(row.ProposerName, decider.Name, StringComparison.OrdinalIgnoreCase) || row.ProposerFingerprint == decider.Fingerprint?.ToString())
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"Quota {row.Id} was proposed by {row.ProposedBy}. Somebody else has to decide on it.");
    }

    private static QuotaRow Get(DbConnection connection, DbTransaction? transaction, long id) =>
        connection.QuerySingleOrDefault<QuotaRow>($"SELECT {QuotaRow.Columns} FROM quota WHERE id = @id", new { id }, transaction)
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"This CA has no quota {id}.");

    private static string Subject(long id) => string.Create(CultureInfo.InvariantCulture, $"quota {id}");

    private static string Describe(QuotaRow row, string? note) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Factory} {row.Model} {row.StartsOn}/{row.EndsOn} amount {row.Amount} used {row.Used}")
        + (row.OrderNumber is null ? string.Empty : $" order {row.OrderNumber}")
        + (note is null ? string.Empty : ": " + note);
}

namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>How many first certificates of a model a factory may get in a period (P-30).</summary>
/// <param name="Id">Its number at the CA.</param>
/// <param name="Factory">The name of the factory's communication terminal.</param>
/// <param name="Model">The model code.</param>
/// <param name="StartsOn">The first day, in UTC.</param>
/// <param name="EndsOn">The last day, in UTC.</param>
/// <param name="Amount">How many certificates.</param>
/// <param name="Used">How many of them have been reserved. Re-issues and renewals don't count.</param>
/// <param name="State">Where it stands.</param>
/// <param name="OrderNumber">The production order it came with, if any.</param>
/// <param name="Note">What the proposer said.</param>
/// <param name="ProposedBy">Role and name of who asked for it: the caller, or the signer of the production order.</param>
/// <param name="ProposedAt">When.</param>
/// <param name="DecidedBy">Role and name of who made the last decision.</param>
/// <param name="DecidedAt">When.</param>
/// <param name="DecisionNote">What was said with it.</param>
public sealed record Quota(
    long Id,
    string Factory,
    string Model,
    DateOnly StartsOn,
    DateOnly EndsOn,
    long Amount,
    long Used,
    QuotaState State,
    string? OrderNumber,
    string? Note,
    string ProposedBy,
    DateTimeOffset ProposedAt,
    string? DecidedBy,
    DateTimeOffset? DecidedAt,
    string? DecisionNote)
{
    /// <summary>What can still be issued on it.</summary>
    public long Left => State == QuotaState.Approved ? Amount - Used : 0;

    /// <summary>Another text for every change: states move forward and what is used only grows.</summary>
    public string Version => FormattableString.Invariant($"{State}-{Used}");
}

/// <summary>What an administrator asks for.</summary>
/// <param name="Factory">The name of the factory's communication terminal.</param>
/// <param name="Model">The model code.</param>
/// <param name="StartsOn">The first day, in UTC.</param>
/// <param name="EndsOn">The last day, in UTC.</param>
/// <param name="Amount">How many certificates; 1 to 1,000,000, since a model has no more machine numbers.</param>
/// <param name="Note">What the approver should know.</param>
public sealed record QuotaProposal(string? Factory, string? Model, DateOnly? StartsOn, DateOnly? EndsOn, long Amount, string? Note = null);

/// <summary>The body of a decision.</summary>
/// <param name="Note">Why; may be left out of an approval, not of a rejection or withdrawal.</param>
public sealed record QuotaDecision(string? Note);

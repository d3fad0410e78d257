using System.Globalization;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>A proposal whose every value is there and makes sense.</summary>
internal sealed record CheckedProposal(string Factory, ModelCode Model, DateOnly StartsOn, DateOnly EndsOn, long Amount, string? OrderNumber, string? Note);

/// <summary>What a quota may say, whether it is typed in or comes with a production order.</summary>
internal sealed class QuotaRules(CertificateProfiles profiles, TimeProvider time)
{
    /// <summary>The longest note.</summary>
    public const int MaxNoteLength = 400;

    /// <summary>A model has this many machine numbers.</summary>
    private const long MaxAmount = MachineNumber.MaxSerial + 1;

    private const int MaxNameLength = 64;

    /// <summary>Checks a proposal.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>, <see cref="ErrorCode.InvalidModelCode"/> or <see cref="ErrorCode.UnknownModel"/>.</exception>
    public CheckedProposal Check(QuotaProposal proposal, string? orderNumber = null)
    {
        var factory = CheckName("factory", proposal.Factory);
        var model = ModelCode.Parse(proposal.Model);
        _ = profiles.Of(model);
        if (proposal.StartsOn is not { } startsOn || proposal.EndsOn is not { } endsOn)
            throw Malformed("A quota needs its first and its last day, such as 2026-11-01 and 2026-11-30.");
        if (endsOn < startsOn)
            throw Malformed($"The quota would end on {Text(endsOn)}, before it starts on {Text(startsOn)}.");
        if (string.CompareOrdinal(Text(endsOn), UtcText.DayOf(time.GetUtcNow())) < 0)
            throw Malformed($"The quota's last day, {Text(endsOn)}, is over.");
        if (proposal.Amount is < 1 or > MaxAmount)
            throw Malformed(string.Create(CultureInfo.InvariantCulture, $"The amount for model {model} is {proposal.Amount}. Allowed: 1 to {MaxAmount}."));
        return new CheckedProposal(factory, model, startsOn, endsOn, proposal.Amount, orderNumber, CheckNote(proposal.Note));
    }

    /// <summary>A name of a factory or order: 1 to 64 printable ASCII characters.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static string CheckName(string what, string? text) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= MaxNameLength && text == text.Trim() && text.All(c => c is >= ' ' and <= '~')
            ? text
            : throw Malformed($"The {what} is '{Printable.Shorten(text)}'. Allowed: 1 to {MaxNameLength} printable ASCII characters.");

    /// <summary>A note, or null where nothing is said.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static string? CheckNote(string? note) => note switch
    {
        { Length: > MaxNoteLength } => throw Malformed($"The note has {note.Length} characters. Allowed: up to {MaxNoteLength}."),
        _ when string.IsNullOrWhiteSpace(note) => null,
        _ => note.Trim(),
    };

    /// <summary>A day as it stands in the tables.</summary>
    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static ProvisioningException Malformed(string message) => new(ErrorCode.MalformedRequest, message);
}

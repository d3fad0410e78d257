using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>Section <c>Issuance</c>: what device certificates say, and for which models.</summary>
public sealed record IssuanceOptions : IValidatableObject
{
    /// <summary>O of the subject: the maker.</summary>
    [Required, MaxLength(64)]
    public string Organization { get; init; } = string.Empty;

    /// <summary>How long a certificate is valid; never longer than its issuer.</summary>
    public TimeSpan Validity { get; init; } = TimeSpan.FromDays(30 * 365);

    /// <summary>How far before its making a certificate's validity begins, for boards whose clock is slow.</summary>
    public TimeSpan Backdate { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the CRL is published; left out of the certificate where it is not set. <c>{issuer}</c> stands for the generation of the issuing CA, here and below.</summary>
    public string? CrlUrl { get; init; }

    /// <summary>Where the OCSP responder answers; left out of the certificate where it is not set.</summary>
    public string? OcspUrl { get; init; }

    /// <summary>Where the issuing CA's certificate can be fetched; left out of the certificate where it is not set.</summary>
    public string? CaIssuersUrl { get; init; }

    /// <summary>Whether a model that is not listed in <see cref="Models"/> gets certificates too, with the values above.</summary>
    public bool UnlistedModels { get; init; }

    /// <summary>The models that get certificates.</summary>
    public IReadOnlyList<ModelOptions> Models { get; init; } = [];

    /// <summary>How many certificates are signed, stored and sent at a time.</summary>
    [Range(1, IssueSliceLimit)]
    public int SliceSize { get; init; } = 500;

    /// <summary>How long private keys wait for the acknowledgement; then they are wiped and their certificates revoked.</summary>
    public TimeSpan KeyTimeLimit { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How often a machine number may get a new certificate in place of its valid one, before a person has to decide.</summary>
    [Range(1, 100_000)]
    public int MaxReissues { get; init; } = 20;

    private const int IssueSliceLimit = 10_000;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Validity < TimeSpan.FromDays(1))
            yield return new ValidationResult("must be at least one day (1.00:00:00)", [nameof(Validity)]);
        if (Backdate < TimeSpan.Zero || Backdate > TimeSpan.FromDays(7))
            yield return new ValidationResult("must be between 00:00:00 and 7.00:00:00", [nameof(Backdate)]);
        if (KeyTimeLimit < TimeSpan.FromHours(1))
            yield return new ValidationResult("must be at least one hour (01:00:00)", [nameof(KeyTimeLimit)]);
        if (Models.Count == 0 && !UnlistedModels)
            yield return new ValidationResult("must list at least one model, or UnlistedModels must be true", [nameof(Models)]);
        foreach (var (name, url) in new[] { (nameof(CrlUrl), CrlUrl), (nameof(OcspUrl), OcspUrl), (nameof(CaIssuersUrl), CaIssuersUrl) })
        {
            if (!ProfileText.IsPlace(url))
                yield return new ValidationResult(ProfileText.PlaceForm, [name]);
        }

        foreach (var twice in Models.GroupBy(model => model.Model).Where(group => group.Count() > 1))
            yield return new ValidationResult($"lists {twice.Key} more than once", [nameof(Models)]);
        foreach (var problem in Models.SelectMany(Problems))
            yield return problem;
    }

    private static IEnumerable<ValidationResult> Problems(ModelOptions model)
    {
        var problems = new List<ValidationResult>();
        Validator.TryValidateObject(model, new ValidationContext(model), problems, validateAllProperties: true);
        return problems.Select(problem => new ValidationResult($"'{Printable.Shorten(model.Model)}', {string.Join(",", problem.MemberNames)}: {problem.ErrorMessage}", [nameof(Models)]));
    }
}

using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>When and how the day's certificates are requested (P-7, P-24), and what becomes of those that are left over.</summary>
internal sealed record DailyBatchOptions : IValidatableObject
{
    /// <summary>The factory's time of day from which a day's units are allocated and requested.</summary>
    public TimeSpan TimeOfDay { get; init; }

    /// <summary>Direct mode: units are allocated, but nothing is requested until a unit is scanned. Holds for days allocated from now on.</summary>
    public bool Direct { get; init; }

    /// <summary>The most machine numbers of one request.</summary>
    [Range(1, IssueCertificatesRequest.MaxMachineNumbers)]
    public int ChunkSize { get; init; } = 1000;

    /// <summary>Requests under way at the same time, so that the CA works while we store.</summary>
    [Range(1, 16)]
    public int ChunksInFlight { get; init; } = 2;

    /// <summary>How long one request may take from sending to the last pack.</summary>
    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often to look for work, and the longest wait before a CA that does not answer is tried again.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait before a request that the CA refused is sent again. "Run now" sends it at once.</summary>
    public TimeSpan RetryAtMost { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What becomes of packs of past days that no line has had.</summary>
    public LeftOverRule LeftOvers { get; init; } = LeftOverRule.Keep;

    /// <summary>How many days after its own a pack counts as left over.</summary>
    [Range(1, 3650)]
    public int LeftOverAfterDays { get; init; } = 7;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeOfDay < TimeSpan.Zero || TimeOfDay >= TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed: 00:00:00 to 23:59:59.", [nameof(TimeOfDay)]);
        foreach (var (value, name) in new[] { (ChunkTimeout, nameof(ChunkTimeout)), (CheckEvery, nameof(CheckEvery)), (RetryAtMost, nameof(RetryAtMost)) })
        {
            if (value < TimeSpan.FromSeconds(1))
                yield return new ValidationResult("Allowed: one second or more.", [name]);
        }
    }
}

/// <summary>What becomes of packs of past days that no line has had.</summary>
internal enum LeftOverRule
{
    /// <summary>They stay in stock under their numbers; the unit may still be built.</summary>
    Keep,

    /// <summary>The next allocation of their model takes them first. Where the plan itself gives out the serials they stay.</summary>
    Reuse,

    /// <summary>They are withdrawn, and the CA revokes their certificates.</summary>
    Return,
}

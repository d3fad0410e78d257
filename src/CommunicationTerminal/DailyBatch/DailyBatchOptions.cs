using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>When and how the day's certificates are requested (P-7, P-24).</summary>
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

    /// <summary>How often to look for work, and the longest wait between attempts that fail.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeOfDay < TimeSpan.Zero || TimeOfDay >= TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed: 00:00:00 to 23:59:59.", [nameof(TimeOfDay)]);
        if (ChunkTimeout < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(ChunkTimeout)]);
        if (CheckEvery < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(CheckEvery)]);
    }
}

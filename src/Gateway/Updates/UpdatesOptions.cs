using System.ComponentModel.DataAnnotations;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Gateway.Updates;

/// <summary>Section <c>Updates</c>: how devices are updated (U-2 to U-16).</summary>
internal sealed record UpdatesOptions : IValidatableObject
{
    /// <summary>How many devices are worked on at a time.</summary>
    [Range(1, 1000)]
    public int Parallel { get; init; } = 64;

    /// <summary>How long a device may be unreachable before an update that has not begun is given up.</summary>
    public TimeSpan ShareWithin { get; init; } = new UpdateLimits().ShareWithin;

    /// <summary>How long reading its version may take.</summary>
    public TimeSpan ReadVersionWithin { get; init; } = new UpdateLimits().ReadVersionWithin;

    /// <summary>How long sending the image may take, breaks included.</summary>
    public TimeSpan SendWithin { get; init; } = new UpdateLimits().SendWithin;

    /// <summary>How long a device may take to finish its jobs, install and start again.</summary>
    public TimeSpan RestartWithin { get; init; } = new UpdateLimits().RestartWithin;

    /// <summary>How long reading its version back may take.</summary>
    public TimeSpan VerifyWithin { get; init; } = new UpdateLimits().VerifyWithin;

    /// <summary>How many more times the image is sent to a device that came up with another version.</summary>
    [Range(0, 10)]
    public int SendAgain { get; init; } = new UpdateLimits().SendAgain;

    /// <summary>How often a device that installs or restarts is asked how far it is.</summary>
    public TimeSpan LookEvery { get; init; } = new UpdateLimits().LookEvery;

    /// <summary>The longest wait between two tries of a step.</summary>
    public TimeSpan LongestPause { get; init; } = new UpdateLimits().LongestPause;

    /// <summary>How long an update that is over is kept, and with it its idempotency key.</summary>
    public TimeSpan KeepHistory { get; init; } = UpdateHistory.KeptByDefault;

    /// <summary>Models whose boards take another form of the update than the main one.</summary>
    public IReadOnlyList<ModelPolicy> Models { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, TimeSpan Value)[] times =
        [
            (nameof(ShareWithin), ShareWithin), (nameof(ReadVersionWithin), ReadVersionWithin), (nameof(SendWithin), SendWithin), (nameof(RestartWithin), RestartWithin), (nameof(VerifyWithin), VerifyWithin),
        ];
        foreach (var (name, value) in times.Where(time => time.Value < TimeSpan.FromSeconds(1) || time.Value > TimeSpan.FromDays(30)))
            yield return new ValidationResult($"It is {value}. Allowed: 00:00:01 to 30.00:00:00.", [name]);
        if (LookEvery < TimeSpan.FromMilliseconds(20) || LookEvery > TimeSpan.FromMinutes(1))
            yield return new ValidationResult("Allowed: 00:00:00.020 to 00:01:00.", [nameof(LookEvery)]);
        if (LongestPause < TimeSpan.FromMilliseconds(20) || LongestPause > TimeSpan.FromHours(1))
            yield return new ValidationResult("Allowed: 00:00:00.020 to 01:00:00.", [nameof(LongestPause)]);
        if (!UpdateHistory.MayKeep(KeepHistory))
            yield return new ValidationResult("Allowed: 1.00:00:00 to 36500.00:00:00.", [nameof(KeepHistory)]);
        foreach (var entry in Models.Where(entry => !ModelCode.TryParse(entry.Model, out _)))
            yield return new ValidationResult($"'{Printable.Shorten(entry.Model)}' is not a model code. Allowed: four capital letters or digits.", [nameof(Models)]);
        if (Models.Select(entry => entry.Model).Distinct(StringComparer.Ordinal).Count() != Models.Count)
            yield return new ValidationResult("A model is listed twice.", [nameof(Models)]);
    }

    /// <summary>The time limits of the library.</summary>
    public UpdateLimits ToLimits() => new()
    {
        ShareWithin = ShareWithin,
        ReadVersionWithin = ReadVersionWithin,
        SendWithin = SendWithin,
        RestartWithin = RestartWithin,
        VerifyWithin = VerifyWithin,
        SendAgain = SendAgain,
        LookEvery = LookEvery,
        LongestPause = LongestPause,
    };

    /// <summary>The variation of a model; the main form where it is not listed.</summary>
    public UpdatePolicy PolicyOf(ModelCode model) => Models.FirstOrDefault(entry => entry.Model == model.ToString()) is { } entry
        ? new UpdatePolicy { StartedByBoard = entry.StartedByBoard, PasswordBy = entry.PasswordBy, EraseBy = entry.EraseBy, Erase = entry.Erase }
        : new UpdatePolicy();
}

/// <summary>The variation of one model's boards (U-13 to U-16).</summary>
internal sealed record ModelPolicy
{
    /// <summary>The model code.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Whether the board itself may ask for an update (U-14, U-15).</summary>
    public bool StartedByBoard { get; init; }

    /// <summary>Who makes the one-time password (U-13, U-15: the board).</summary>
    public UpdateSide PasswordBy { get; init; }

    /// <summary>Who makes the erase password after a success (U-16: the board).</summary>
    public UpdateSide EraseBy { get; init; }

    /// <summary>How this gateway erases (U-10).</summary>
    public EraseMethod Erase { get; init; }
}

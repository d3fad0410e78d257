using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.Journal;

/// <summary>What the terminal is owed.</summary>
internal enum OutboxKind
{
    /// <summary>The board has received the pack (P-16).</summary>
    Receipt,

    /// <summary>What the board said after writing and reading back (P-16), or that its proof failed.</summary>
    Result,
}

/// <summary>One report that the terminal has not answered yet.</summary>
internal sealed record OutboxEntry
{
    /// <summary>Ascending in the order of the reports.</summary>
    public long Id { get; init; }

    public string MachineNumber { get; init; } = string.Empty;

    public int Attempt { get; init; }

    public OutboxKind Kind { get; init; }

    /// <summary>With <see cref="OutboxKind.Result"/> only, as everything below.</summary>
    public bool Succeeded { get; init; }

    public string Detail { get; init; } = string.Empty;

    public string? CertificateFingerprint { get; init; }

    public string? FirmwareVersion { get; init; }

    /// <summary>The <see cref="ErrorCode"/> with which the terminal refused it for good; null while it is to be delivered.</summary>
    public string? RefusalCode { get; init; }

    /// <summary>The terminal's words to <see cref="RefusalCode"/>.</summary>
    public string? Refusal { get; init; }

    /// <summary>Such as "result of attempt 1".</summary>
    public override string ToString() => $"{(Kind == OutboxKind.Receipt ? "receipt" : "result")} of attempt {Attempt}";

    /// <summary>The receipt of an attempt's pack.</summary>
    public static OutboxEntry Receipt(MachineNumber number, int attempt) => new() { MachineNumber = number.ToString(), Attempt = attempt, Kind = OutboxKind.Receipt };
}

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>One answer of a server: RFC 959 section 4.2.</summary>
/// <param name="Code">Three digits, 100 to 599.</param>
/// <param name="Lines">Its lines without code and line ending, at least one; free of control characters, so that they can be shown.</param>
public sealed record FtpReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>Whether another answer to the same command follows (1xx).</summary>
    public bool IsPreliminary => Code / 100 == 1;

    /// <summary>The lines as one sentence.</summary>
    public string Text => string.Join(' ', Lines.Where(line => line.Length > 0));

    /// <inheritdoc/>
    public override string ToString() => $"{Code} {Text}";
}

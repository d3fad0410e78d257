namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>How long the client waits for the server before it gives the connection up. Each must be positive.</summary>
public sealed record FtpTimeouts
{
    /// <summary>Until a TCP connection stands; for the control connection, and anew for each data connection.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until a command is answered, from the command to the answer's last byte.</summary>
    public TimeSpan Reply { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a transfer may stand still: of what is sent, some must be taken within it (of a stream that is no file, 256 KiB); what is read is short, and must come whole within it.
    /// Of a transfer that goes on where another broke off, <see cref="Completion"/> where that is longer: the server checks first what it has.
    /// </summary>
    public TimeSpan IdleData { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Until the answer that ends a transfer in which something was stored: the server checks the content and waits for its disk.</summary>
    public TimeSpan Completion { get; init; } = TimeSpan.FromMinutes(2);
}

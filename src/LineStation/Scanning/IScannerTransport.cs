namespace ProvisioningStation.LineStation.Scanning;

/// <summary>How a scanner is joined to this station. The seam between the kinds of scanners and the one framing.</summary>
internal interface IScannerTransport : IDisposable
{
    /// <summary>What its scans are marked with.</summary>
    ScanSource Source { get; }

    /// <summary>For log and health, such as <c>/dev/ttyUSB0, 9600 8N1</c>.</summary>
    string Name { get; }

    /// <summary>How long the pauses between attempts to open it become.</summary>
    TimeSpan LongestPause { get; }

    /// <summary>Opens it, and drops what was sent before: scans that were made while nobody listened are not of now.</summary>
    /// <exception cref="IOException">It is not there; the message says what to look at.</exception>
    IScannerConnection Open(CancellationToken cancellationToken);
}

/// <summary>A scanner that is connected. One thread reads; another may write at the same time.</summary>
internal interface IScannerConnection : IDisposable
{
    /// <summary>Whether what was dropped at the opening ended within a frame.</summary>
    bool OpenedMidFrame { get; }

    /// <summary>Reads what is there, waiting a tenth of a second for it at most; 0 when nothing came.</summary>
    /// <exception cref="IOException">The scanner is gone.</exception>
    int Read(Span<byte> buffer);

    /// <summary>Sends a command to the scanner, waiting half a second at most.</summary>
    /// <exception cref="IOException">The scanner is gone or does not take it.</exception>
    void Write(ReadOnlySpan<byte> bytes);
}

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>What came out of the scanner.</summary>
public enum ScanKind
{
    /// <summary>A whole frame of printable ASCII; whether it is a machine number is for the process to judge.</summary>
    Code,

    /// <summary>A command barcode, <c>%CMD-…</c>; see <see cref="CommandBarcode"/>. Whether this station knows it is for the process to judge.</summary>
    Command,

    /// <summary>A worker's badge, of the form of <c>Workers:BadgePattern</c>.</summary>
    Badge,

    /// <summary>The scanner says that it saw no barcode.</summary>
    NoRead,

    /// <summary>A frame that was cut off, too long, or not printable ASCII: dropped whole.</summary>
    Unreadable,

    /// <summary>From here on scans were dropped, because the line had too many in front of it.</summary>
    Dropped,
}

/// <summary>Where a scan was made.</summary>
public enum ScanSource
{
    /// <summary>A scanner on a serial port.</summary>
    Serial,

    /// <summary>A scanner on the network.</summary>
    Tcp,

    /// <summary>A scanner that types into the kiosk page like a keyboard.</summary>
    Wedge,

    /// <summary>A person's fingers, at the station or at the terminal (P-21).</summary>
    Typed,

    /// <summary>No scan, but a hand on the kiosk's screen: an acknowledgement.</summary>
    Touch,
}

/// <summary>One scan.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The code, the scanner's own words, or the reason why the frame was dropped. Printable ASCII.</param>
/// <param name="At">When its last byte came, on <see cref="MonotonicClock"/>.</param>
/// <param name="Source">Where it was made.</param>
public readonly record struct Scan(ScanKind Kind, string Text, TimeSpan At, ScanSource Source = ScanSource.Serial);

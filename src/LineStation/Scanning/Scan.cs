namespace ProvisioningStation.LineStation.Scanning;

/// <summary>What came out of the scanner.</summary>
public enum ScanKind
{
    /// <summary>A whole frame of printable ASCII; whether it is a machine number is for the process to judge.</summary>
    Code,

    /// <summary>The scanner says that it saw no barcode.</summary>
    NoRead,

    /// <summary>A frame that was cut off, too long, or not printable ASCII: dropped whole.</summary>
    Unreadable,
}

/// <summary>One scan.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The code, the scanner's own words, or the reason why the frame was dropped. Printable ASCII.</param>
/// <param name="At">When its last byte came, on the monotonic clock that the bytes were stamped with.</param>
public readonly record struct Scan(ScanKind Kind, string Text, TimeSpan At);

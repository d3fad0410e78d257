using System.ComponentModel.DataAnnotations;
using ProvisioningStation.LineStation.Scanning.Feedback;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>Section <c>Scanner</c>: the scanner of this line.</summary>
public sealed record ScannerOptions : IValidatableObject
{
    /// <summary>How it is joined to this station.</summary>
    public ScannerTransportKind Transport { get; init; } = ScannerTransportKind.Serial;

    /// <summary>The serial port, best by its name in <c>/dev/serial/by-id</c>; a relative path is one in the data directory.</summary>
    [Required]
    public string Port { get; init; } = "scanner";

    /// <summary>Bits per second on the serial port: 9600, 19200, 38400, 57600 or 115200.</summary>
    public int Baud { get; init; } = 9600;

    /// <summary>Data bits, parity and stop bits on the serial port: 8N1, 8E1, 7E1 or 7O1.</summary>
    public string Format { get; init; } = "8N1";

    /// <summary>Who may stop whom from sending on the serial port.</summary>
    public SerialFlowControl FlowControl { get; init; } = SerialFlowControl.None;

    /// <summary>On the network: where the scanner is (<see cref="ScannerTransportKind.Tcp"/>), or the own IP address and port to which it connects (<see cref="ScannerTransportKind.TcpListen"/>).</summary>
    public string? Address { get; init; }

    /// <summary>Whose it is: which commands sound its beeper and light its lamp.</summary>
    public ScannerMake Make { get; init; } = ScannerMake.None;

    /// <summary>Whether a leading AIM symbology identifier (<c>]C0</c> and its kin, three characters) is taken off.</summary>
    public bool StripAimIdentifier { get; init; } = true;

    /// <summary>What the scanner sends when it saw no barcode, in place of <see cref="DefaultNoRead"/>; in the form of <see cref="EscapedBytes"/>.</summary>
    public string[]? NoRead { get; init; }

    /// <summary>What the scanner answers to commands, in place of <see cref="DefaultReplies"/>; in the form of <see cref="EscapedBytes"/>, with a <c>*</c> at the end where more may follow.</summary>
    public string[]? Replies { get; init; }

    /// <summary>The longest frame that is accepted, in bytes without its marks.</summary>
    [Range(MachineNumberLength, 1024)]
    public int MaxLength { get; init; } = 64;

    /// <summary>A frame that pauses for longer than this is dropped.</summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The same code again within this time is the same scan: a trigger held down, a scanner that sends twice.</summary>
    public TimeSpan Repeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The usual words of scanners for "no barcode seen".</summary>
    public static IReadOnlyList<string> DefaultNoRead { get; } = ["NOREAD", "NO READ", "NR", "ERROR", "?"];

    /// <summary>The usual answers of scanners to commands: ACK, NAK, words; with a comma those of Keyence readers, which repeat the command behind it (SR-750 Series User's Manual, chapter 8).</summary>
    public static IReadOnlyList<string> DefaultReplies { get; } = [@"\x06", @"\x15", "OK", "ACK", "NAK", "OK,*", "ER,*"];

    /// <summary>What this scanner says for "no barcode seen".</summary>
    internal IReadOnlyList<string> WordsForNoRead => NoRead ?? DefaultNoRead;

    private const int MachineNumberLength = Protocol.MachineNumber.Length;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!SerialPort.Speeds.ContainsKey(Baud))
            yield return new ValidationResult($"{Baud} is not one of {string.Join(", ", SerialPort.Speeds.Keys.Order())}.", [nameof(Baud)]);
        if (SerialFormat.Find(Format) is null)
            yield return new ValidationResult($"'{Format}' is not one of {string.Join(", ", SerialFormat.All.Select(format => format.Name))}.", [nameof(Format)]);
        if (Address is not null && !NetworkAddress.TryParse(Address, out _))
            yield return new ValidationResult($"'{Address}' is not an address and a port, such as 192.0.2.17:9004.", [nameof(Address)]);
        if ((Address is not null) != Transport is ScannerTransportKind.Tcp or ScannerTransportKind.TcpListen)
            yield return new ValidationResult("An address belongs to Transport Tcp (where the scanner is) and TcpListen (where the station listens), and only to these.", [nameof(Address)]);
        if (Transport == ScannerTransportKind.TcpListen && NetworkAddress.TryParse(Address, out var own) && !System.Net.IPAddress.TryParse(own.Host, out _))
            yield return new ValidationResult("The station listens on an IP address of its own, such as 192.0.2.1:9004.", [nameof(Address)]);
        if (Gap < TimeSpan.FromMilliseconds(20) || Gap > TimeSpan.FromSeconds(5))
            yield return new ValidationResult("Allowed is 00:00:00.020 to 00:00:05.", [nameof(Gap)]);
        if (Repeat < TimeSpan.Zero || Repeat > TimeSpan.FromMinutes(1))
            yield return new ValidationResult("Allowed is 00:00:00 to 00:01:00.", [nameof(Repeat)]);
        foreach (var words in WordsForNoRead.Where(words => !EscapedBytes.TryParse(words, out var bytes) || bytes is []))
            yield return new ValidationResult($@"'{words}' is not printable ASCII with \xHH, \r, \n, \e or \\ for other bytes.", [nameof(NoRead)]);
        foreach (var reply in (Replies ?? DefaultReplies).Where(reply => !ScannerReplies.IsWellFormed(reply)))
            yield return new ValidationResult($@"'{reply}' is not a reply: printable ASCII with \xHH, \r, \n, \e or \\ for other bytes, not beginning with an end mark, * at the end where more may follow.", [nameof(Replies)]);
        foreach (var reply in (Replies ?? DefaultReplies).Where(reply => Protocol.MachineNumber.TryParse(reply, out _)))
            yield return new ValidationResult($"'{reply}' is a machine number.", [nameof(Replies)]);
    }
}

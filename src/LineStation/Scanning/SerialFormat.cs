namespace ProvisioningStation.LineStation.Scanning;

/// <summary>The form of a character on the wire: data bits, parity (N none, E even, O odd), stop bits.</summary>
internal sealed record SerialFormat
{
    private const uint SevenBits = 0x20; // CS7
    private const uint EightBits = 0x30; // CS8
    private const uint ParityEnable = 0x100; // PARENB
    private const uint ParityOdd = 0x200; // PARODD

    private SerialFormat(string name, uint controlFlags, bool hasParity) => (Name, ControlFlags, HasParity) = (name, controlFlags, hasParity);

    /// <summary>Every format that can be configured.</summary>
    public static IReadOnlyList<SerialFormat> All { get; } =
    [
        new("8N1", EightBits, hasParity: false),
        new("8E1", EightBits | ParityEnable, hasParity: true),
        new("7E1", SevenBits | ParityEnable, hasParity: true),
        new("7O1", SevenBits | ParityEnable | ParityOdd, hasParity: true),
    ];

    /// <summary>Its usual name, such as <c>7E1</c>.</summary>
    public string Name { get; }

    /// <summary>The bits of termios' <c>c_cflag</c> for it.</summary>
    public uint ControlFlags { get; }

    /// <summary>Whether a parity bit is checked.</summary>
    public bool HasParity { get; }

    /// <summary>Finds a format by its name.</summary>
    public static SerialFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);
}

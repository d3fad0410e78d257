using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProvisioningStation.LineStation.Scanning;

/// <content>The parts of Linux's termios(3) that are used, with the values of x86-64 and arm64.</content>
internal sealed partial class SerialPort
{
    private const int ReadWrite = 0x2; // O_RDWR
    private const int NoControllingTerminal = 0x100; // O_NOCTTY
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int SetStatusFlags = 4; // F_SETFL
    private const int ExclusiveAtOnce = 0x2 | 0x4; // LOCK_EX | LOCK_NB
    private const int Now = 0; // TCSANOW
    private const int InputQueue = 0; // TCIFLUSH
    private const int OutputQueue = 1; // TCOFLUSH
    private const short CanWrite = 0x4; // POLLOUT
    private const int NoSuchFile = 2; // ENOENT
    private const int InterruptedCall = 4; // EINTR
    private const int TryAgain = 11; // EAGAIN
    private const int ReadTimeout = 5; // VTIME
    private const int MinimumCharacters = 6; // VMIN
    private const int StartCharacter = 8; // VSTART
    private const int StopCharacter = 9; // VSTOP
    private const uint CheckParity = 0x10; // INPCK
    private const uint StopsOutput = 0x400; // IXON
    private const uint StopsInput = 0x1000; // IXOFF
    private const uint CharacterSize = 0x30; // CSIZE
    private const uint TwoStopBits = 0x40; // CSTOPB
    private const uint ReceiverOn = 0x80; // CREAD
    private const uint Parity = 0x100 | 0x200; // PARENB | PARODD
    private const uint IgnoreModemLines = 0x800; // CLOCAL
    private const uint HardwareFlowControl = 0x80000000; // CRTSCTS

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadFile(SafeFileHandle handle, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteFile(SafeFileHandle handle, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Polled files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int SetFlags(SafeFileHandle handle, int command, int flags);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(SafeFileHandle handle, out Attributes attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(SafeFileHandle handle, int when, in Attributes attributes);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(ref Attributes attributes);

    [LibraryImport("libc", EntryPoint = "cfsetispeed", SetLastError = true)]
    private static partial int SetInputSpeed(ref Attributes attributes, uint speed);

    [LibraryImport("libc", EntryPoint = "cfsetospeed", SetLastError = true)]
    private static partial int SetOutputSpeed(ref Attributes attributes, uint speed);

    [LibraryImport("libc", EntryPoint = "tcflush", SetLastError = true)]
    private static partial int Flush(SafeFileHandle handle, int queue);

    /// <summary><c>struct termios</c>, 60 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte LineDiscipline;
        public ControlCharacters Characters;
        public uint InputSpeed;
        public uint OutputSpeed;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }

    [InlineArray(32)]
    private struct ControlCharacters
    {
        private byte _first;
    }
}

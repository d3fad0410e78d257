using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A serial port through termios: raw, 8 data bits, no parity, one stop bit, no flow control.</summary>
internal sealed partial class SerialPort : IDisposable
{
    private readonly SafeFileHandle _handle;

    private SerialPort(SafeFileHandle handle) => _handle = handle;

    /// <summary>The speeds that can be set, with their termios names' values.</summary>
    public static FrozenDictionary<int, uint> Speeds { get; } = new Dictionary<int, uint>
    {
        [9600] = 0x0D,
        [19200] = 0x0E,
        [38400] = 0x0F,
        [57600] = 0x1001,
        [115200] = 0x1002,
    }.ToFrozenDictionary();

    /// <summary>Opens <paramref name="path"/> and drops what the driver had collected before.</summary>
    /// <exception cref="IOException">It does not exist, is in use, or is not a serial port.</exception>
    public static SerialPort Open(string path, int baud)
    {
        // Without O_NONBLOCK the open itself waits for a carrier on a port whose CLOCAL is not set yet.
        var descriptor = OpenFile(path, ReadWrite | NoControllingTerminal | NonBlocking | CloseOnExec);
        if (descriptor < 0)
            throw Failure(path, "can't be opened");
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (GetAttributes(handle, out var attributes) != 0)
                throw Failure(path, "is not a serial port");
            MakeRaw(ref attributes);
            attributes.ControlFlags = (attributes.ControlFlags & ~(ParityEnable | TwoStopBits | HardwareFlowControl)) | EightBits | ReceiverOn | IgnoreModemLines;
            attributes.Characters[MinimumCharacters] = 0;
            attributes.Characters[ReadTimeout] = 1; // tenths of a second
            if (SetInputSpeed(ref attributes, Speeds[baud]) != 0 || SetOutputSpeed(ref attributes, Speeds[baud]) != 0)
                throw Failure(path, $"does not take {baud} bits per second");
            if (SetAttributes(handle, Now, in attributes) != 0 || SetFlags(handle, SetStatusFlags, ReadWrite) != 0)
                throw Failure(path, "can't be set up");
            if (Flush(handle, InputQueue) != 0)
                throw Failure(path, "can't be flushed");
            return new SerialPort(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads what is there, waiting a tenth of a second for it at most; 0 when nothing came.</summary>
    /// <exception cref="IOException">The port is gone.</exception>
    public int Read(Span<byte> buffer)
    {
        var count = ReadFile(_handle, buffer, (nuint)buffer.Length);
        if (count > 0)
            return (int)count;
        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() is InterruptedCall or TryAgain)
                return 0;
            throw Failure("serial port", "stopped answering");
        }

        // A port that was unplugged reads as "nothing came", at once and for ever; only its settings say that it is gone.
        return GetAttributes(_handle, out _) == 0 ? 0 : throw Failure("serial port", "was unplugged");
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static IOException Failure(string path, string what) => new($"{path} {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
}

using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A serial port through termios, raw.</summary>
internal sealed partial class SerialPort : IScannerConnection
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(20);
    private const int WriteTimeout = 500; // milliseconds
    private const int MostStale = 64 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private SerialPort(string path, SafeFileHandle handle) => (_path, _handle) = (path, handle);

    /// <summary>The speeds that can be set, with their termios names' values.</summary>
    public static FrozenDictionary<int, uint> Speeds { get; } = new Dictionary<int, uint>
    {
        [9600] = 0x0D,
        [19200] = 0x0E,
        [38400] = 0x0F,
        [57600] = 0x1001,
        [115200] = 0x1002,
    }.ToFrozenDictionary();

    /// <inheritdoc/>
    public bool OpenedMidFrame { get; private set; }

    /// <summary>Opens <paramref name="path"/> and drops what the driver had collected before.</summary>
    /// <exception cref="IOException">It does not exist, is in use, or is not a serial port.</exception>
    public static SerialPort Open(string path, int baud, SerialFormat? format = null, SerialFlowControl flowControl = SerialFlowControl.None)
    {
        // Without O_NONBLOCK the open itself waits for a carrier on a port whose CLOCAL is not set yet.
        var descriptor = OpenFile(path, ReadWrite | NoControllingTerminal | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            var cause = Failure(path, "can't be opened"); // with the last error of the open, not of the look around
            throw Marshal.GetLastPInvokeError() == NoSuchFile && SerialPortNames.WhatIsThere(path) is { } instead ? new IOException(instead) : cause;
        }

        var port = new SerialPort(path, new SafeFileHandle(descriptor, ownsHandle: true));
        try
        {
            port.SetUp(baud, format ?? SerialFormat.All[0], flowControl);
            port.DropStaleInput();
            return port;
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var count = ReadFile(_handle, buffer, (nuint)buffer.Length);
        if (count > 0)
            return (int)count;
        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() is InterruptedCall or TryAgain)
                return 0;
            throw Failure(_path, "stopped answering");
        }

        // A port that was unplugged reads as "nothing came", at once and for ever; only its settings say that it is gone.
        return GetAttributes(_handle, out _) == 0 ? 0 : throw Failure(_path, "was unplugged");
    }

    /// <inheritdoc/>
    /// <remarks>A port that says that it can be written to takes a command of the few bytes that these are without waiting: a scanner that holds the line back costs half a second, never the line.</remarks>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (!WaitUntilWritable())
                throw new IOException($"{_path} takes no commands: the scanner holds the line back, or is gone.");
            var count = WriteFile(_handle, bytes, (nuint)bytes.Length);
            if (count < 0 && Marshal.GetLastPInvokeError() is not (InterruptedCall or TryAgain))
                throw Failure(_path, "takes no commands");
            bytes = bytes[(int)Math.Max(count, 0)..];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_handle.IsClosed)
            _ = Flush(_handle, OutputQueue); // a close waits for what can't be sent, as long as half a minute
        _handle.Dispose();
    }

    private bool WaitUntilWritable()
    {
        var isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld); // the reader may close the port meanwhile
            var polled = new Polled { Descriptor = (int)_handle.DangerousGetHandle(), Wanted = CanWrite };
            return Poll(ref polled, 1, WriteTimeout) > 0 && (polled.Happened & CanWrite) != 0;
        }
        finally
        {
            if (isHeld)
                _handle.DangerousRelease();
        }
    }

    private void SetUp(int baud, SerialFormat format, SerialFlowControl flowControl)
    {
        if (GetAttributes(_handle, out var attributes) != 0)
            throw Failure(_path, "is not a serial port");
        if (Lock(_handle, ExclusiveAtOnce) != 0)
            throw new IOException($"{_path} is in use by another program, such as the station of another line. Correct Scanner:Port there or here.");
        MakeRaw(ref attributes);
        attributes.ControlFlags = (attributes.ControlFlags & ~(CharacterSize | Parity | TwoStopBits | HardwareFlowControl)) | format.ControlFlags | ReceiverOn | IgnoreModemLines;
        if (format.HasParity)
            attributes.InputFlags |= CheckParity; // a character with wrong parity reads as NUL, and so its frame is refused
        if (flowControl == SerialFlowControl.RtsCts)
            attributes.ControlFlags |= HardwareFlowControl;
        if (flowControl == SerialFlowControl.XonXoff)
            attributes.InputFlags |= StopsOutput | StopsInput;
        attributes.Characters[StartCharacter] = 0x11; // XON
        attributes.Characters[StopCharacter] = 0x13; // XOFF
        attributes.Characters[MinimumCharacters] = 0;
        attributes.Characters[ReadTimeout] = 1; // tenths of a second
        if (SetInputSpeed(ref attributes, Speeds[baud]) != 0 || SetOutputSpeed(ref attributes, Speeds[baud]) != 0)
            throw Failure(_path, $"does not take {baud} bits per second");
        if (SetAttributes(_handle, Now, in attributes) != 0)
            throw Failure(_path, $"does not take {baud} {format.Name} with flow control {flowControl}");
    }

    /// <summary>
    /// Drops what was sent before now. Where that ends within a frame, or one is on its way at this moment, its tail must not be taken for a whole one: bytes of a frame follow each other
    /// within milliseconds, so a short wait shows it.
    /// </summary>
    private void DropStaleInput()
    {
        Thread.Sleep(Settling);
        Span<byte> stale = stackalloc byte[1024];
        var last = (byte)'\r';
        for (var total = 0; total < MostStale; total += stale.Length)
        {
            var count = ReadFile(_handle, stale, (nuint)stale.Length);
            if (count <= 0)
                break;
            last = stale[(int)count - 1];
        }

        OpenedMidFrame = !ScanFrames.IsEndMark(last);
        if (Flush(_handle, InputQueue) != 0)
            throw Failure(_path, "can't be flushed");
        if (SetFlags(_handle, SetStatusFlags, ReadWrite) != 0)
            throw Failure(_path, "can't be set up");
    }

    private static IOException Failure(string path, string what) => new($"{path} {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
}

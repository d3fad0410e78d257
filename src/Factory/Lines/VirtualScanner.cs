using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProvisioningStation.Factory.Lines;

/// <summary>
/// A barcode scanner made of a pseudo-terminal: the station opens one end as its serial port (<c>scanner</c> in its data directory), what is typed into the other end
/// arrives there as from a scanner. Other programs type through the named pipe <c>scanner-input</c>, which only the owner can open.
/// </summary>
public sealed partial class VirtualScanner : IDisposable
{
    /// <summary>The symbolic link to the station's end, in the station's data directory.</summary>
    public const string PortName = "scanner";

    /// <summary>The named pipe for typing, in the station's data directory.</summary>
    public const string InputName = "scanner-input";

    private const int ReadWriteNoControllingTerminal = 0x2 | 0x100 | 0x80000; // O_RDWR | O_NOCTTY | O_CLOEXEC
    private const int ReadWrite = 0x2 | 0x80000;
    private const int OwnerReadWrite = 0x180; // 0600

    private readonly FileStream _controller;
    private readonly SafeFileHandle _device; // kept open so that the line stays up while no station is there
    private readonly FileStream _input;
    private readonly Lock _typing = new();

    private VirtualScanner(SafeFileHandle controller, SafeFileHandle device, SafeFileHandle input)
    {
        _controller = new FileStream(controller, FileAccess.Write, bufferSize: 0);
        _device = device;
        _input = new FileStream(input, FileAccess.Read, bufferSize: 0);
        new Thread(ForwardInput) { IsBackground = true, Name = "scanner input" }.Start();
    }

    /// <summary>Connects a scanner to the station whose data directory is <paramref name="directory"/>.</summary>
    public static VirtualScanner Connect(string directory)
    {
        var controller = Check(OpenPseudoTerminal(ReadWriteNoControllingTerminal), "posix_openpt");
        var controllerHandle = new SafeFileHandle(controller, ownsHandle: true);
        Check(Grant(controller), "grantpt");
        Check(Unlock(controller), "unlockpt");
        Span<byte> name = stackalloc byte[128];
        Check(DeviceName(controller, ref MemoryMarshal.GetReference(name), name.Length), "ptsname_r");
        var device = Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
        var deviceHandle = new SafeFileHandle(Check(Open(device, ReadWriteNoControllingTerminal), device), ownsHandle: true);

        var link = Path.Combine(directory, PortName);
        File.Delete(link);
        File.CreateSymbolicLink(link, device);

        var input = Path.Combine(directory, InputName);
        File.Delete(input);
        Check(MakePipe(input, OwnerReadWrite), input);
        var inputHandle = new SafeFileHandle(Check(Open(input, ReadWrite), input), ownsHandle: true); // reading and writing: no end while no writer is there
        return new VirtualScanner(controllerHandle, deviceHandle, inputHandle);
    }

    /// <summary>Scans: types <paramref name="code"/> and the end mark.</summary>
    public void Scan(string code) => Type(Encoding.ASCII.GetBytes(code + "\r"));

    /// <summary>Types bytes as they are.</summary>
    public void Type(ReadOnlySpan<byte> bytes)
    {
        lock (_typing)
            _controller.Write(bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Dispose();
        _device.Dispose();
        _controller.Dispose();
    }

    private void ForwardInput()
    {
        var buffer = new byte[4096];
        try
        {
            while (_input.Read(buffer) is > 0 and var count)
                Type(buffer.AsSpan(0, count));
        }
        catch (Exception cause) when (cause is ObjectDisposedException or IOException)
        {
            // The factory is closing.
        }
    }

    private static int Check(int result, string what) =>
        result >= 0 ? result : throw new FactoryException($"The virtual scanner could not be connected: {what} failed ({Marshal.GetLastPInvokeErrorMessage()}).");

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenPseudoTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int DeviceName(int descriptor, ref byte name, nint length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, int mode);
}

using System.Runtime.InteropServices;
using System.Text;
using Xunit.Sdk;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>A network port whose other side is this program: what is sent through it is read here, frame by frame, and what is written here arrives there (/dev/net/tun, TAP).</summary>
public sealed partial class TapDevice : IDisposable
{
    /// <summary>Where the kernel gives them.</summary>
    public const string Path = "/dev/net/tun";

    private const nuint SetInterface = 0x400454ca; // TUNSETIFF, linux/if_tun.h
    private const int FlagsAt = 16; // struct ifreq: 16 bytes of name, then the flags
    private const short TapWithoutHeader = 0x0002 | 0x1000; // IFF_TAP | IFF_NO_PI

    private readonly FileStream _frames = new(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>Makes the port <paramref name="name"/> in this program's network namespace; it may be moved and renamed.</summary>
    public TapDevice(string name)
    {
        Span<byte> request = stackalloc byte[40];
        Encoding.ASCII.GetBytes(name, request);
        MemoryMarshal.Write(request[FlagsAt..], TapWithoutHeader);
        if (Control((int)_frames.SafeFileHandle.DangerousGetHandle(), SetInterface, ref MemoryMarshal.GetReference(request)) < 0)
            throw new XunitException($"The TAP device {name} could not be made: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The next frame; empty when the port is gone.</summary>
    public ReadOnlySpan<byte> Read(byte[] buffer)
    {
        try
        {
            return buffer.AsSpan(0, _frames.Read(buffer));
        }
        catch (IOException)
        {
            return []; // the port was deleted
        }
    }

    /// <summary>Lets a frame arrive. A port that is down takes none.</summary>
    public void Write(byte[] frame)
    {
        try
        {
            _frames.Write(frame);
        }
        catch (IOException)
        {
            // Nobody is there: so it is with frames.
        }
    }

    public void Dispose() => _frames.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, ref byte argument);
}

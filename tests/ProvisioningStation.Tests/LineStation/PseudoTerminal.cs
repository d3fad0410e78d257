using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>The other end of a serial cable: what is written here comes out of the port at <see cref="Port"/>.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    private readonly SafeFileHandle _master;

    public PseudoTerminal()
    {
        _master = new SafeFileHandle(OpenMaster(0x2 | 0x100), ownsHandle: true);
        Span<byte> name = stackalloc byte[64];
        if (_master.IsInvalid || Grant(_master) != 0 || Unlock(_master) != 0 || Name(_master, name, 64) != 0)
            throw new IOException("No pseudo-terminal.");
        Port = Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
    }

    public string Port { get; }

    public void Type(string text) => Type(Encoding.ASCII.GetBytes(text));

    public void Type(ReadOnlySpan<byte> bytes)
    {
        if (Write(_master, bytes, (nuint)bytes.Length) != bytes.Length)
            throw new IOException("The cable did not take it.");
    }

    /// <summary>What the station sent, as many bytes as asked for.</summary>
    public byte[] Read(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = Read(_master, bytes.AsSpan(read), (nuint)(count - read));
            read += more > 0 ? (int)more : throw new IOException("The other end is closed.");
        }

        return bytes;
    }

    public void Dispose() => _master.Dispose();

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial nint OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(SafeFileHandle master, ReadOnlySpan<byte> bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(SafeFileHandle master, Span<byte> bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int Name(SafeFileHandle master, Span<byte> name, nuint length);
}

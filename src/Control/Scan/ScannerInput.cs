using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Control.Scan;

/// <summary>Writes into the named pipe of a virtual scanner. Opened without waiting: where nobody listens, the factory does not run.</summary>
internal static partial class ScannerInput
{
    private const int WriteOnlyNonBlocking = 0x1 | 0x800 | 0x80000; // O_WRONLY | O_NONBLOCK | O_CLOEXEC

    public static void Type(string pipe, string text)
    {
        var descriptor = Open(pipe, WriteOnlyNonBlocking);
        if (descriptor < 0)
            throw new ProvisioningException(ErrorCode.NotFound, $"The scanner can't be reached ({Marshal.GetLastPInvokeErrorMessage()}). Is the factory running?");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        using var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace ProvisioningStation.Board;

/// <summary>
/// The reset of a board that is a process: it becomes itself again by execve(2), with the arguments and the environment that it was started with. Process id and standard
/// input stay, so that whoever started it notices a moment of silence and no more; everything else that is open ends, as with a real reset.
/// </summary>
internal static unsafe partial class ProcessRestart
{
    private const int FirstOwnDescriptor = 3;
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    /// <summary>Does not return where it succeeds.</summary>
    /// <exception cref="IOException">The program could not be started again.</exception>
    public static int Now()
    {
        var arguments = File.ReadAllBytes("/proc/self/cmdline");
        var program = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: true)!.FullName;
        foreach (var path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (int.Parse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture) is >= FirstOwnDescriptor and var descriptor)
                _ = Control(descriptor, SetDescriptorFlags, CloseOnExec);
        }

        Console.Out.Flush();
        var count = arguments.Count(each => each == 0); // each ends with a zero byte
        var list = stackalloc byte*[count + 1];
        fixed (byte* text = arguments)
        {
            var next = text;
            for (var i = 0; i < count; i++)
            {
                list[i] = next;
                next += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(next).Length + 1;
            }

            list[count] = null;
            _ = Execute(program, list);
        }

        throw new IOException($"The board could not start again: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string program, byte** arguments);
}

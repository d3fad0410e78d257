using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>
/// From the page cache to a socket without passing through this program: sendfile(2), on a thread of its own that the kernel wakes. The platform's asynchronous way wakes three threads for each piece, and
/// on a machine with as many other things to do that is a third of the throughput.
/// </summary>
internal static partial class KernelCopy
{
    private const int LongestPiece = 1024 * 1024;
    private const int Tick = 1000;
    private const short Writable = 0x4; // POLLOUT
    private const int Interrupted = 4;
    private const int InputOutput = 5;
    private const int TryAgain = 11;

    /// <summary>Whether this system has it, with offsets of 64 bits.</summary>
    public static bool IsThere => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Sends <paramref name="file"/> from <paramref name="offset"/> to its end; disposing the socket ends it.</summary>
    /// <param name="file">What is sent.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="socket">Where it goes.</param>
    /// <param name="sent">Told each time how far it is.</param>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Task SendAsync(FileStream file, long offset, Socket socket, Action<long> sent) =>
        Task.Factory.StartNew(() => Send(file, offset, socket, sent), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Send(FileStream file, long offset, Socket socket, Action<long> sent)
    {
        var (fileHeld, socketHeld) = (false, false);
        var (source, target) = (file.SafeFileHandle, socket.SafeHandle);
        try
        {
            source.DangerousAddRef(ref fileHeld);
            target.DangerousAddRef(ref socketHeld);
            Send((int)source.DangerousGetHandle(), file.Name, offset, RandomAccess.GetLength(source), (int)target.DangerousGetHandle(), sent);
        }
        finally
        {
            if (fileHeld)
                source.DangerousRelease();
            if (socketHeld)
                target.DangerousRelease();
        }
    }

    private static void Send(int source, string name, long offset, long length, int target, Action<long> sent)
    {
        while (offset < length)
        {
            var count = SendFile(target, source, ref offset, (nuint)Math.Min(LongestPiece, length - offset));
            if (count > 0)
            {
                sent(offset);
                continue;
            }

            if (count == 0)
                throw new IOException($"'{name}' became shorter while it was sent.");
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case TryAgain:
                    var waiting = new PollDescriptor { Descriptor = target, Events = Writable };
                    _ = Poll(ref waiting, 1, Tick); // whatever it says, the next attempt knows better
                    break;
                case InputOutput:
                    throw new IOException($"'{name}' can't be read: {Marshal.GetLastPInvokeErrorMessage()}.");
                default:
                    throw new SocketException((int)SocketError.ConnectionReset, Marshal.GetLastPInvokeErrorMessage());
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static partial nint SendFile(int target, int source, ref long offset, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptor, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

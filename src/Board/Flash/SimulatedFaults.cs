using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// What goes wrong on command: files in the board's <c>simulate/</c>, written by a test or a trainer while the board runs. A count goes down durably before its fault acts,
/// so that a restart does not bring a spent fault back. The README lists them.
/// </summary>
internal sealed class SimulatedFaults(string directory, Action<string>? powerCut = null)
{
    private readonly Action<string> _powerCut = powerCut ?? KillPoint.CutPower;

    /// <summary>Claims that a unit's certificate is written without writing it.</summary>
    public FlashFault ClaimSuccess { get; } = new(Path.Combine(directory, "claim-success"));

    /// <summary>Never answers a request.</summary>
    public FlashFault NeverAnswer { get; } = new(Path.Combine(directory, "never-answer"));

    /// <summary>Spoils a byte of the next image on its way into flash.</summary>
    public FlashFault FailFirmwareWrites { get; } = new(Path.Combine(directory, "fail-firmware-writes"));

    /// <summary>Breaks the firmware in both slots at the next start.</summary>
    public FlashFault BreakFirmware { get; } = new(Path.Combine(directory, "break-firmware"));

    /// <summary>Lets the next self-test of a new firmware fail.</summary>
    public FlashFault FailSelfTest { get; } = new(Path.Combine(directory, "fail-self-test"));

    /// <summary>Lets the next new firmware hang before it commits.</summary>
    public FlashFault NeverCommit { get; } = new(Path.Combine(directory, "never-commit"));

    private FlashFault FlipBits { get; } = new(Path.Combine(directory, "flip-bit-on-read-back"));

    /// <summary>The number that the board claims to have, null where it tells the truth.</summary>
    public Protocol.MachineNumber? WrongNumber => Protocol.MachineNumber.TryParse(Read("wrong-number"), out var number) ? number : null;

    /// <summary>Begins the programming of one slot of <paramref name="area"/>.</summary>
    /// <param name="area">Whose slot.</param>
    /// <param name="done">How many bytes lie there already: what goes on, goes on counting.</param>
    public Programming Program(string area, long done = 0) => new(this, area, TakePowerCut(area), DelayPerByte, done);

    /// <summary>Reads from the medium what was programmed there.</summary>
    public byte[] ReadBack(string path)
    {
        var content = File.ReadAllBytes(path);
        return FlipBits.Pass(content);
    }

    /// <summary>The same for bytes that were read into a buffer; gives their number back.</summary>
    public int ReadBack(byte[] buffer, int count)
    {
        if (FlipBits.TryTake())
            buffer[count / 2] ^= 0x01;
        return count;
    }

    private TimeSpan DelayPerByte => double.TryParse(Read("microseconds-per-byte"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
        ? TimeSpan.FromMicroseconds(Math.Min(microseconds, 10_000))
        : TimeSpan.Zero;

    private long? TakePowerCut(string area)
    {
        var words = Read("cut-power-at-byte")?.Split(' ');
        if (words is not [var named, var at] || named != area || !long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return null;
        File.Delete(Path.Combine(directory, "cut-power-at-byte"));
        DurableFile.SyncDirectory(directory);
        return count;
    }

    private string? Read(string name)
    {
        var file = Path.Combine(directory, name);
        return File.Exists(file) ? File.ReadAllText(file, Encoding.ASCII).Trim() : null;
    }

    /// <summary>The bytes of one slot on their way to the medium.</summary>
    internal sealed class Programming(SimulatedFaults faults, string area, long? cutAt, TimeSpan delayPerByte, long done)
    {
        private long _done = done;

        /// <summary>Programs the next bytes; the power goes exactly behind the byte that was ordered.</summary>
        public void Write(string path, byte[] content)
        {
            if (delayPerByte > TimeSpan.Zero)
                Thread.Sleep(delayPerByte * content.Length);
            if (cutAt is { } cut && cut <= _done + content.Length)
            {
                DurableFile.WriteInPlace(path, content.AsSpan(0, (int)(cut - _done)));
                faults._powerCut($"board.{area}.byte-{cut}");
            }

            DurableFile.WriteInPlace(path, content);
            _done += content.Length;
        }

        /// <summary>The same for the next bytes of a file that is written piece by piece; they reach the medium when it is flushed.</summary>
        public void Append(SafeFileHandle file, ReadOnlySpan<byte> content)
        {
            if (delayPerByte > TimeSpan.Zero)
                Thread.Sleep(delayPerByte * content.Length);
            if (cutAt is { } cut && cut <= _done + content.Length)
            {
                RandomAccess.Write(file, content[..(int)Math.Max(0, cut - _done)], _done);
                RandomAccess.FlushToDisk(file);
                faults._powerCut($"board.{area}.byte-{cut}");
            }

            RandomAccess.Write(file, content, _done);
            _done += content.Length;
        }
    }
}

using System.Globalization;
using System.Text;
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

    private FlashFault FlipBits { get; } = new(Path.Combine(directory, "flip-bit-on-read-back"));

    /// <summary>The number that the board claims to have, null where it tells the truth.</summary>
    public Protocol.MachineNumber? WrongNumber => Protocol.MachineNumber.TryParse(Read("wrong-number"), out var number) ? number : null;

    /// <summary>Begins the programming of one slot of <paramref name="area"/>.</summary>
    public Programming Program(string area) => new(this, area, TakePowerCut(area), DelayPerByte);

    /// <summary>Reads from the medium what was programmed there.</summary>
    public byte[] ReadBack(string path)
    {
        var content = File.ReadAllBytes(path);
        return FlipBits.Pass(content);
    }

    private TimeSpan DelayPerByte => double.TryParse(Read("microseconds-per-byte"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
        ? TimeSpan.FromMicroseconds(Math.Min(microseconds, 10_000))
        : TimeSpan.Zero;

    private int? TakePowerCut(string area)
    {
        var words = Read("cut-power-at-byte")?.Split(' ');
        if (words is not [var named, var at] || named != area || !int.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
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
    internal sealed class Programming(SimulatedFaults faults, string area, int? cutAt, TimeSpan delayPerByte)
    {
        private int _done;

        /// <summary>Programs the next bytes; the power goes exactly behind the byte that was ordered.</summary>
        public void Write(string path, byte[] content)
        {
            if (delayPerByte > TimeSpan.Zero)
                Thread.Sleep(delayPerByte * content.Length);
            if (cutAt is { } cut && cut <= _done + content.Length)
            {
                DurableFile.WriteInPlace(path, content.AsSpan(0, cut - _done));
                faults._powerCut($"board.{area}.byte-{cut}");
            }

            DurableFile.WriteInPlace(path, content);
            _done += content.Length;
        }
    }
}

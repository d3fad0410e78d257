using System.Globalization;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>
/// Chooses what runs, at each start (U-21). Nothing is started whose signature and digest, read from the medium, do not fit. In this order: the slot on trial while it has
/// starts left, each counted before it is made; the active slot; the other one, where it holds a firmware that once committed; else the small updater alone.
/// </summary>
internal sealed class BootLoader(MemoryMap map, TrustedKeys keys, SimulatedFaults faults, MemoryReport report, int trialBoots, Action<string>? reached = null)
{
    private readonly FirmwareSlots _slots = new(map);
    private readonly Action<string> _reached = reached ?? KillPoint.Reached;

    /// <summary>Chooses, and stores what the choice changes. A record that can't be read or written stops no start: the board comes up with the firmware that it has, and says so.</summary>
    public (RunningFirmware Firmware, BootMemory Memory) Start()
    {
        if (faults.BreakFirmware.TryTake())
            Break();
        var memory = ReadRecord();
        return (Choose(memory), memory);
    }

    private RunningFirmware Choose(BootMemory memory)
    {
        var record = memory.Record;
        if (record.Trial is { } trial)
        {
            try
            {
                if (FindTrial(memory, trial) is { } firmware)
                    return firmware;
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                report.Damaged(MemoryMap.Areas.Boot, cause.Message, "A start on trial that can't be counted is not made: the board starts the firmware that it had.");
            }
        }

        if (Find(record.Active, record.Floor, out var damage) is { } active)
            return active;
        report.Damaged(AreaOf(record.Active), damage, record.HasSpare ? "The other slot's firmware is started where it is whole." : "The board has only its small updater: send it a firmware.");
        if (!record.HasSpare)
            return Updater;
        if (Find(record.Inactive, record.Floor, out damage) is { } spare)
        {
            memory.Note(current => current with { Active = current.Inactive, HasSpare = false, FallBack = $"The firmware in {AreaOf(record.Active)} is damaged; the earlier one was started." });
            return spare;
        }

        report.Damaged(AreaOf(record.Inactive), damage, "The board has only its small updater: send it a firmware.");
        return Updater;
    }

    private RunningFirmware? FindTrial(BootMemory memory, SlotName trial)
    {
        var record = memory.Record;
        if (record.BootsLeft == 0)
            FallBack(memory, "The new firmware was started as often as it may be, and did not commit.");
        else if (Find(trial, record.Floor, out var problem) is { } firmware)
        {
            _reached(BoardKillPoints.BeforeBootCounted);
            memory.Change(current => current with { BootsLeft = current.BootsLeft - 1 });
            _reached(BoardKillPoints.AfterBootCounted);
            return firmware with { IsTrial = true };
        }
        else
            FallBack(memory, $"The new firmware was not started: {problem}");
        return null;
    }

    private static RunningFirmware Updater { get; } = new(RunningFirmware.UpdaterVersion, null, null, IsTrial: false);

    /// <summary>Gives the trial up for a reason that is known; the next choice is the active slot.</summary>
    public static void FallBack(BootMemory memory, string reason, Action<string> reached)
    {
        reached(BoardKillPoints.BeforeFallBack);
        memory.Change(record => record with { Trial = null, BootsLeft = 0, FallBack = reason });
        reached(BoardKillPoints.AfterFallBack);
    }

    private void FallBack(BootMemory memory, string reason) => FallBack(memory, reason, _reached);

    private RunningFirmware? Find(SlotName name, long floor, out string problem)
    {
        var slot = _slots[name];
        problem = "There is no firmware.";
        try
        {
            if (File.Exists(slot.Image))
            {
                var header = StoredImage.Verify(slot.Image, keys.All, faults);
                if (header.Manifest is { Kind: ImageKind.Firmware } manifest && manifest.Sequence >= floor)
                    return new RunningFirmware(manifest.Version, name, header, IsTrial: false);
                problem = string.Create(CultureInfo.InvariantCulture, $"What lies there is no firmware of sequence {floor} or later, and nothing else may be started.");
            }
            else if (floor == 0 && File.Exists(slot.Assembled) && File.ReadAllText(slot.Assembled).Trim() is var version && FirmwareVersion.IsValid(version))
                return new RunningFirmware(version, name, null, IsTrial: false);
        }
        catch (Exception cause) when (cause is ProvisioningException or IOException or UnauthorizedAccessException)
        {
            problem = cause.Message;
        }

        return null;
    }

    private BootMemory ReadRecord()
    {
        try
        {
            return new BootMemory(map, BootRecord.Read(map.Boot) ?? new BootRecord(), report);
        }
        catch (Exception damage) when (damage is ProvisioningException or IOException or UnauthorizedAccessException)
        {
            report.Damaged(MemoryMap.Areas.Boot, damage.Message, "It is made anew from the slots; where both are whole, the firmware with the larger sequence is on trial.");
            var memory = new BootMemory(map, Rebuild(), report);
            memory.Note(static rebuilt => rebuilt); // the board starts also where it can't be written; only a trial does not
            return memory;
        }
    }

    /// <summary>A record that fits what lies in the slots. Nobody knows whether the newer firmware ever committed, so it has to prove itself (again).</summary>
    private BootRecord Rebuild()
    {
        RunningFirmware[] whole = [.. Enum.GetValues<SlotName>().Select(name => Find(name, 0, out _)).OfType<RunningFirmware>().OrderBy(firmware => firmware.Sequence)];
        if (whole.Length == 0)
            return new BootRecord();
        return new BootRecord
        {
            Active = whole[0].Slot!.Value,
            Trial = whole.Length > 1 ? whole[1].Slot : null,
            BootsLeft = whole.Length > 1 ? trialBoots : 0,
            Floor = whole.Max(firmware => firmware.Header?.Manifest.MinimumSequence ?? 0),
            Sequence = whole[0].Sequence,
        };
    }

    private void Break()
    {
        foreach (var slot in Enum.GetValues<SlotName>().Select(name => _slots[name]))
        {
            foreach (var file in ((string[])[slot.Image, slot.Assembled]).Where(File.Exists))
            {
                using var medium = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
                medium.Position = medium.Length / 2;
                var bit = medium.ReadByte() ^ 0x80;
                medium.Position--;
                medium.WriteByte((byte)bit);
                medium.Flush(flushToDisk: true);
            }
        }
    }

    private static string AreaOf(SlotName name) => name == SlotName.A ? MemoryMap.Areas.OsImage : MemoryMap.Areas.OsImage2;
}

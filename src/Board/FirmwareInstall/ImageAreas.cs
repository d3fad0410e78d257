using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>Where one kind of image lies, half and whole.</summary>
internal abstract class ImageArea
{
    /// <summary>The upload, until it is put in place.</summary>
    public abstract string Part { get; }

    /// <summary>Bytes of the upload.</summary>
    public long PartLength => File.Exists(Part) ? new FileInfo(Part).Length : 0;

    /// <summary>Bytes that <see cref="Clear"/> sets free.</summary>
    public virtual long Clearable => PartLength;

    /// <summary>What an image meets here.</summary>
    public abstract ImageTarget Target { get; }

    /// <summary>Makes room for an upload from its first byte.</summary>
    public abstract void Clear();

    /// <summary>Puts the upload, whole and checked, where the next start finds it.</summary>
    public abstract void PutInPlace(ImageHeader header);

    /// <summary>Drops the upload.</summary>
    public void DropPart()
    {
        if (!File.Exists(Part))
            return;
        File.Delete(Part);
        DurableFile.SyncDirectory(Path.GetDirectoryName(Part)!);
    }
}

/// <summary>The slot that is not active (U-21).</summary>
internal sealed class FirmwareArea(FirmwareSlots slots, BootMemory memory, RunningFirmware running, BoardContent content, BoardOptions board, FirmwareInstallOptions options, Action<string> reached) : ImageArea
{
    public override string Part => slots[memory.Record.Inactive].Part;

    public override long Clearable => slots[memory.Record.Inactive].Length;

    public override ImageTarget Target => new(Models(content, board), Math.Max(running.Sequence, memory.Record.Sequence), memory.Record.Floor, options.SlotSize, content.BelievedNow);

    /// <summary>The board's own model, or those that it can become.</summary>
    public static IReadOnlyList<ModelCode> Models(BoardContent content, BoardOptions board) =>
        (content.MachineNumber ?? content.Own?.MachineNumber) is { } number ? [number.Model] : [.. board.Models.Select(ModelCode.Parse)];

    public override void Clear()
    {
        reached(BoardKillPoints.BeforeSlotNoted);
        memory.Change(record => record with { HasSpare = false, Trial = null, BootsLeft = 0, FallBack = null });
        reached(BoardKillPoints.BeforeSlotCleared);
        slots[memory.Record.Inactive].Clear();
        reached(BoardKillPoints.AfterSlotCleared);
    }

    public override void PutInPlace(ImageHeader header)
    {
        var slot = memory.Record.Inactive;
        reached(BoardKillPoints.BeforeImageNamed);
        File.Move(Part, slots[slot].Image, overwrite: true);
        DurableFile.SyncDirectory(slots[slot].Directory);
        reached(BoardKillPoints.BeforeTrialOrdered);
        memory.Change(record => record with { Trial = slot, BootsLeft = options.TrialBoots });
        reached(BoardKillPoints.AfterTrialOrdered);
    }
}

/// <summary>The place of an application (U-18): its image is replaced as a whole, by one rename.</summary>
internal sealed class ApplicationArea(string name, MemoryMap map, BootMemory memory, IReadOnlyList<FirmwareKey> keys, BoardContent content, BoardOptions board, Action<string> reached) : ImageArea
{
    private const string ImageFile = "application.img";

    /// <summary>The most applications of a board.</summary>
    public const int MaxCount = 16;

    private string Folder => Path.Combine(map.Applications, name);

    /// <summary>The installed image.</summary>
    public string Image => Path.Combine(Folder, ImageFile);

    public override string Part => Image + ".part";

    public override ImageTarget Target => new(
        FirmwareArea.Models(content, board),
        FindInstalled()?.Manifest.Sequence ?? 0,
        memory.Record.ApplicationFloors.GetValueOrDefault(name),
        Math.Max(0, MemoryMap.Limits[MemoryMap.Areas.Applications] - map.Measure(MemoryMap.Areas.Applications) + PartLength), // beside the one that is replaced
        content.BelievedNow,
        name);

    /// <summary>The installed application's header; null where there is none, or a damaged one.</summary>
    public ImageHeader? FindInstalled()
    {
        try
        {
            return StoredImage.FindHeader(Image, keys);
        }
        catch (ProvisioningException)
        {
            return null; // what is no image is replaced by one
        }
    }

    public override void Clear()
    {
        DataDirectory.Open(Folder);
        DurableFile.SyncDirectory(map.Applications);
        DropPart();
    }

    public override void PutInPlace(ImageHeader header)
    {
        reached(BoardKillPoints.BeforeApplicationNoted);
        memory.Change(record => record with
        {
            ApplicationFloors = new Dictionary<string, long>(record.ApplicationFloors, StringComparer.Ordinal)
            {
                [name] = Math.Max(record.ApplicationFloors.GetValueOrDefault(name), header.Manifest.MinimumSequence),
            },
        });
        reached(BoardKillPoints.BeforeApplicationNamed);
        File.Move(Part, Image, overwrite: true);
        DurableFile.SyncDirectory(Folder);
        reached(BoardKillPoints.AfterApplicationNamed);
    }
}

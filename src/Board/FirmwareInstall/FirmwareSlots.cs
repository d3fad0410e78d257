using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The two slots for firmware on the medium.</summary>
internal sealed class FirmwareSlots(MemoryMap map)
{
    private readonly FirmwareSlot _a = new(map.OsImage);
    private readonly FirmwareSlot _b = new(map.OsImage2);

    public FirmwareSlot this[SlotName name] => name == SlotName.A ? _a : _b;
}

/// <summary>One slot. Firmware that came over FTP lies in it as its whole image; what assembly put there is a version and no more.</summary>
internal sealed record FirmwareSlot(string Directory)
{
    /// <summary>The image, header included.</summary>
    public string Image => Path.Combine(Directory, "firmware.img");

    /// <summary>An upload, whole or not, that is not in place.</summary>
    public string Part => Image + ".part";

    /// <summary>The version of the firmware from assembly.</summary>
    public string Assembled => Path.Combine(Directory, "version.txt");

    /// <summary>Bytes of all that <see cref="Clear"/> takes out.</summary>
    public long Length => Files.Select(file => new FileInfo(file)).Where(file => file.Exists).Sum(file => file.Length);

    private string[] Files => [Image, Assembled, Part];

    /// <summary>Takes everything out, the firmware first.</summary>
    public void Clear()
    {
        foreach (var file in Files)
            File.Delete(file);
        DurableFile.SyncDirectory(Directory);
    }
}

using ProvisioningStation.Board.Flash;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The boot record as it is in NVRAM now; every change is there before anybody sees it.</summary>
internal sealed class BootMemory(MemoryMap map, BootRecord record)
{
    private readonly Lock _gate = new();
    private BootRecord _record = record;

    /// <summary>What NVRAM holds.</summary>
    public BootRecord Record
    {
        get
        {
            lock (_gate)
                return _record;
        }
    }

    /// <summary>Stores the record that <paramref name="change"/> makes of the present one.</summary>
    public void Change(Func<BootRecord, BootRecord> change)
    {
        lock (_gate)
        {
            var next = change(_record);
            next.Write(map.Boot);
            _record = next;
        }
    }
}

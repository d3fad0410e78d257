using ProvisioningStation.Board.Flash;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The boot record as it is in NVRAM now; every change is there before anybody sees it, but for what a start finds out and can't store.</summary>
internal sealed class BootMemory(MemoryMap map, BootRecord record, MemoryReport report)
{
    private readonly Lock _gate = new();
    private BootRecord _record = record;
    private bool _isAhead;

    /// <summary>What NVRAM holds, or has to hold.</summary>
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
            if (_isAhead)
                report.Written(MemoryMap.Areas.Boot);
            _isAhead = false;
        }
    }

    /// <summary>As <see cref="Change"/>, for what is so whether it can be stored or not: where it can't, that is reported, and the next change stores it too.</summary>
    public void Note(Func<BootRecord, BootRecord> change)
    {
        lock (_gate)
        {
            try
            {
                Change(change);
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                (_record, _isAhead) = (change(_record), true);
                report.Damaged(MemoryMap.Areas.Boot, cause.Message, "The board runs without a record of its start, and takes no new firmware until one can be written. Make room in its memories, or change the board.");
            }
        }
    }
}

using ProvisioningStation.Factory.Programs;

namespace ProvisioningStation.Factory.Lines;

/// <summary>One production line: its station, the scanner plugged into it, and the place for the board.</summary>
public sealed record FloorLine(LineConfiguration Configuration, ProgramSeat Station, VirtualScanner Scanner, BoardSlot Slot)
{
    /// <summary>A worker for this line.</summary>
    public Worker Hire(UnitSource units) => new(Configuration, Slot, Scanner, Station.Client, units);
}

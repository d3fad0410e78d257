using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.Factory.Display;

/// <summary>Shows what the lines do while they run: a live table on a terminal, plain lines elsewhere.</summary>
public interface ILineDisplay : IDisposable
{
    /// <summary>A station told what it does, or a verdict.</summary>
    void Happened(StationEvent happened);
}

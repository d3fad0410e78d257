using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.Scanning;

/// <summary>A machine number typed at the station where the barcode can't be read (P-21): twice, because a typing error would give a product the identity of another.</summary>
internal sealed class TypedInput(ScanQueue queue, MonotonicClock clock)
{
    /// <summary>Takes a number like a scan.</summary>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.InvalidMachineNumber"/>: the two differ, or are no machine number; <see cref="ErrorCode.Conflict"/>: too many scans wait already.
    /// </exception>
    public MachineNumber Take(string first, string second)
    {
        if (!string.Equals(first, second, StringComparison.Ordinal))
            throw new ProvisioningException(ErrorCode.InvalidMachineNumber, "The two entries differ. Type the machine number again, twice.");
        var number = MachineNumber.Parse(first);
        if (!queue.Offer(new Scan(ScanKind.Code, number.ToString(), clock.Now, ScanSource.Typed)))
            throw new ProvisioningException(ErrorCode.Conflict, $"{ScanQueue.Longest} scans wait already. Wait until the line has served them, then type the number again.");
        return number;
    }
}

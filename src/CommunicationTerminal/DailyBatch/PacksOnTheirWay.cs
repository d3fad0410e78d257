using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// The units whose certificate the CA is being asked for at this moment, because a station waits for it. A unit that a person ends meanwhile may get its certificate all the same; its return
/// waits until the answer is here, or the CA would be told of it before there is anything to be revoked.
/// </summary>
internal sealed class PacksOnTheirWay
{
    private readonly Lock _lock = new();
    private readonly Dictionary<MachineNumber, int> _asked = [];

    /// <summary>Whether the CA is being asked for <paramref name="number"/>.</summary>
    public bool Contains(MachineNumber number)
    {
        lock (_lock)
            return _asked.ContainsKey(number);
    }

    /// <summary>From now until the result is disposed of; two lines may ask for one number.</summary>
    public IDisposable Ask(MachineNumber number)
    {
        lock (_lock)
            _asked[number] = _asked.GetValueOrDefault(number) + 1;
        return new Asked(this, number);
    }

    private void End(MachineNumber number)
    {
        lock (_lock)
        {
            if (--_asked[number] == 0)
                _asked.Remove(number);
        }
    }

    private sealed class Asked(PacksOnTheirWay all, MachineNumber number) : IDisposable
    {
        private bool _ended;

        public void Dispose()
        {
            if (_ended)
                return;
            _ended = true;
            all.End(number);
        }
    }
}

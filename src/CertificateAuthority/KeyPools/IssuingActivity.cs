namespace ProvisioningStation.CertificateAuthority.KeyPools;

/// <summary>When this CA last worked on an order: what waits until it is idle asks here.</summary>
internal sealed class IssuingActivity(TimeProvider time)
{
    private long _last = time.GetTimestamp();

    /// <summary>Says that an order is being worked on.</summary>
    public void Touch() => Volatile.Write(ref _last, time.GetTimestamp());

    /// <summary>For how long nothing was worked on; since the start, where nothing was.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(Volatile.Read(ref _last));
}

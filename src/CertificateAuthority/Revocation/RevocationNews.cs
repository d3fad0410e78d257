namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>Says that certificates have ended, to those who publish it. Announced after the transaction in which they ended, by whoever ended them.</summary>
internal sealed class RevocationNews
{
    private long _revision;

    /// <summary>Raised on the announcer's thread; a listener only makes a note.</summary>
    public event EventHandler? Announced;

    /// <summary>Grows with every announcement: what was derived from the store under another revision is out of date.</summary>
    public long Revision => Interlocked.Read(ref _revision);

    /// <summary>Certificates have been revoked or superseded, and that is committed.</summary>
    public void Announce()
    {
        Interlocked.Increment(ref _revision);
        Announced?.Invoke(this, EventArgs.Empty);
    }
}

using System.Globalization;
using System.Text;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>
/// Notices that the clock was set back: certificates and CRLs would begin and end at the wrong times. The latest moment ever seen is compared with now; once now is behind it by more
/// than the tolerance, that moment is kept in a file, so that a restart does not forget it. It ends by itself when the clock has caught up.
/// </summary>
internal sealed class ClockGuard
{
    private const string Condition = "clock";

    private readonly string _file;
    private readonly HealthState _health;
    private readonly TimeProvider _time;
    private readonly TimeSpan _tolerance;
    private readonly Lock _lock = new();
    private DateTimeOffset _latest;
    private bool _kept;

    public ClockGuard(DataDirectory data, HealthState health, TimeProvider time, IntegrityOptions options)
    {
        _file = data.Resolve("clock-high-water");
        _health = health;
        _time = time;
        _tolerance = options.ClockTolerance;
        if (File.Exists(_file))
        {
            _kept = true;
            Seen(File.ReadAllText(_file).Trim());
        }
    }

    /// <summary>What is wrong with the clock; null while it is not behind.</summary>
    public string? Problem
    {
        get
        {
            var now = _time.GetUtcNow();
            lock (_lock)
            {
                if (now >= _latest)
                {
                    _latest = now;
                    Forget();
                    return null;
                }

                if (now + _tolerance >= _latest)
                    return null;
                Keep();
                var problem = string.Create(CultureInfo.InvariantCulture, $"the clock was set back: something was recorded at {_latest:yyyy-MM-dd HH:mm:ss} UTC already. Set it right; signing goes on by itself once that moment has passed.");
                _health.Report(Condition, "Nothing is signed: " + problem);
                return problem;
            }
        }
    }

    /// <summary>Takes a moment that was recorded; one that can't be read is none.</summary>
    public void Seen(string moment)
    {
        if (!DateTimeOffset.TryParse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var seen))
            return;
        lock (_lock)
            _latest = seen > _latest ? seen : _latest;
    }

    /// <summary>An administrator says that the clock is right now.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            _latest = _time.GetUtcNow();
            Forget();
        }
    }

    private void Keep()
    {
        if (_kept)
            return;
        try
        {
            DurableFile.Write(_file, Encoding.ASCII.GetBytes(UtcText.Of(_latest)));
            _kept = true;
        }
        catch (IOException)
        {
            // The disk is full: the problem is told all the same, and kept at the next occasion.
        }
    }

    private void Forget()
    {
        if (!_kept)
            return;
        File.Delete(_file);
        _kept = false;
        _health.Clear(Condition);
    }
}

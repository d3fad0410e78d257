using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>
/// Whether this CA may sign. Once something was found that only a person can judge (a damaged page, a broken audit chain, a clock set back) it is closed, across restarts, until an
/// administrator opens it. The reason stands in a file of its own, because the database may be what is broken.
/// </summary>
internal sealed class SigningGate
{
    private const string Condition = "signing";

    private readonly string _file;
    private readonly HealthState _health;
    private volatile string? _reason;

    public SigningGate(DataDirectory data, HealthState health)
    {
        _file = data.Resolve("signing-stopped");
        _health = health;
        if (File.Exists(_file))
            Say(File.ReadAllText(_file).Trim());
    }

    /// <summary>Why nothing is signed; null while it is open.</summary>
    public string? Reason => _reason;

    /// <summary>Passes while the gate is open. Asked before anything is signed.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.SigningStopped"/> with the reason.</exception>
    public void Require()
    {
        if (_reason is { } reason)
            throw new ProvisioningException(ErrorCode.SigningStopped, $"This CA has stopped signing: {reason} An administrator has to decide (stationctl ca signing resume).");
    }

    /// <summary>Closes the gate; the first reason stays.</summary>
    public void Stop(string reason)
    {
        if (_reason is not null)
            return;
        Say(reason);
        DurableFile.Write(_file, Encoding.UTF8.GetBytes(reason + "\n"));
    }

    /// <summary>Opens the gate again: an administrator's decision, which the caller has recorded.</summary>
    public void Resume()
    {
        File.Delete(_file);
        _reason = null;
        _health.Clear(Condition);
    }

    private void Say(string reason)
    {
        _reason = reason;
        _health.Report(Condition, "Nothing is signed: " + reason);
    }
}

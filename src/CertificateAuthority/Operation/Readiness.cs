using System.Globalization;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>Whether this CA can issue now: the gate is open, the database takes writes, the disk has room, the issuing CA goes on for a while.</summary>
internal sealed class Readiness(SigningGate gate, Database database, DataDirectory data, IssuingCas issuers, IntegrityOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Remaining = TimeSpan.FromDays(30);

    /// <summary>The octets that are free where the data is.</summary>
    public long FreeSpace => new DriveInfo(data.Path).AvailableFreeSpace;

    /// <summary>The check of one condition.</summary>
    public ReadinessCheck Of(string condition) => new(condition, condition switch
    {
        "signing" => _ => Task.FromResult(gate.Reason is { } reason ? "Nothing is signed: " + reason : null),
        "database" => FindDatabaseProblemAsync,
        "disk" => _ => Task.FromResult(FindDiskProblem()),
        "issuing-ca" => _ => Task.FromResult(FindIssuerProblem()),
        _ => throw new ArgumentOutOfRangeException(nameof(condition)),
    });

    private async Task<string?> FindDatabaseProblemAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestWait);
        try
        {
            await database.WriteAsync(static (_, _) => { }, limit.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The database has not taken a write for {LongestWait.TotalSeconds} s.";
        }
        catch (Exception cause) when (cause is System.Data.Common.DbException or IOException or Protocol.ProvisioningException)
        {
            return "The database takes no writes: " + cause.Message;
        }
    }

    private string? FindDiskProblem() => FreeSpace / (1024 * 1024) is var free && free < options.DiskReserve
        ? string.Create(CultureInfo.InvariantCulture, $"The disk of {data.Path} has only {free} MB left; {options.DiskReserve} MB is the reserve.")
        : null;

    private string? FindIssuerProblem() => issuers.Active.NotAfter is var end && end - time.GetUtcNow() < Remaining
        ? string.Create(CultureInfo.InvariantCulture, $"The issuing CA ends on {end:yyyy-MM-dd}. Make the next one: stationctl ca renew-issuing devices.")
        : null;
}

using System.Data.Common;
using System.Globalization;
using Dapper;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary>Counts first certificates against what was approved (P-30): exactly, whoever asks at the same time and wherever the program is killed.</summary>
internal sealed class QuotaBook(Database database, CertificateProfiles profiles, QuotaOptions options, TimeProvider time)
{
    /// <summary>Why a request does not fit now, or null where it does; what counts is <see cref="Consume"/>. A request that was taken meanwhile may not fit for that very reason.</summary>
    public ProvisioningException? FindRefusal(string factory, IReadOnlyList<MachineNumber> machineNumbers)
    {
        if (!options.Required)
            return null;
        try
        {
            database.Read(connection => Divide(connection, null, factory, machineNumbers));
            return null;
        }
        catch (ProvisioningException refusal)
        {
            return refusal;
        }
    }

    /// <summary>
    /// Counts first certificates against the approved quotas of their factory and models, inside the transaction that reserves them: each on the quota that ends first. Nothing is counted
    /// where not everything fits.
    /// </summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.QuotaExceeded"/>, with what was asked and what is left per model.</exception>
    public void Consume(DbConnection connection, DbTransaction transaction, string factory, IReadOnlyList<MachineNumber> machineNumbers)
    {
        if (!options.Required)
            return;
        foreach (var (id, n) in Divide(connection, transaction, factory, machineNumbers))
        {
            var changed = connection.Execute(
                "UPDATE quota SET used = used + @n WHERE id = @id AND used + @n <= amount AND state = 'Approved'",
                new { id, n },
                transaction);
            if (changed != 1)
                throw new ProvisioningException(ErrorCode.Conflict, $"Quota {id} has just been changed by somebody else. Nothing of this request was issued; send it again.");
        }

        KillPoint.Reached(CertificateAuthorityKillPoints.AfterQuotaCount);
    }

    /// <summary>How much is taken from which quota.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.UnknownModel"/> or <see cref="ErrorCode.QuotaExceeded"/>.</exception>
    private List<(long Id, long Amount)> Divide(DbConnection connection, DbTransaction? transaction, string factory, IReadOnlyList<MachineNumber> machineNumbers)
    {
        var today = UtcText.DayOf(time.GetUtcNow());
        var parts = new List<(long, long)>();
        var missing = new List<string>();
        foreach (var (model, asked) in machineNumbers.CountBy(number => number.Model).OrderBy(counted => counted.Key))
        {
            var open = FindOpen(connection, transaction, factory, model, today);
            var left = open.Sum(quota => quota.Left);
            if (left < asked)
            {
                _ = profiles.Of(model); // a quota would not help a model that has no profile
                missing.Add(string.Create(CultureInfo.InvariantCulture, $"model {model}: {asked} asked for, {left} left"));
                continue;
            }

            long rest = asked;
            foreach (var quota in open.TakeWhile(_ => rest > 0))
            {
                var taken = Math.Min(quota.Left, rest);
                parts.Add((quota.Id, taken));
                rest -= taken;
            }
        }

        return missing.Count == 0 ? parts : throw new ProvisioningException(
            ErrorCode.QuotaExceeded,
            $"The approved quotas of factory {factory} for {today} don't cover this request: {string.Join("; ", missing)}. Nothing of it was issued. "
            + "An administrator of the CA proposes a quota (stationctl ca quotas propose), somebody else approves it; then send the request again.");
    }

    private static List<(long Id, long Left)> FindOpen(DbConnection connection, DbTransaction? transaction, string factory, ModelCode model, string today) =>
        connection.Query<(long Id, long Left)>(
            """
            SELECT id, amount - used FROM quota
            WHERE factory = @factory AND model = @model AND state = 'Approved' AND starts_on <= @today AND ends_on >= @today AND used < amount
            ORDER BY ends_on, id
            """,
            new { factory, model = model.ToString(), today },
            transaction).ToList();
}

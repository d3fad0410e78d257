using Dapper;
using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CertificateAuthority.RunningAuthority;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Counting over several overlapping quotas of two models, against a model of it in six lines.</summary>
public sealed class QuotaBookProperties : IDisposable
{
    private static readonly DateOnly FirstDay = new(2026, 11, 21);
    private static readonly string[] Models = ["3012", "A123"];

    private static readonly Arbitrary<Allowed[]> Quotas = Gen.Choose(0, 1).SelectMany(model => Gen.Choose(-3, 4).SelectMany(starts => Gen.Choose(0, 5)
        .SelectMany(days => Gen.Choose(1, 12).SelectMany(amount => Gen.Choose(0, 4).Select(state => new Allowed(Models[model], starts, starts + days, amount, state > 0)))))).ArrayOf().ToArbitrary();

    private static readonly Arbitrary<Asked[]> Requests = Gen.Choose(0, 9).SelectMany(first => Gen.Choose(0, 9).SelectMany(second => Gen.Choose(0, 2)
        .Select(later => new Asked([first, second], later)))).ArrayOf().ToArbitrary();

    private static readonly PeerIdentity Proposer = new(Role.Administrator, "administrator", Fingerprint.Of("administrator"u8));

    private readonly TemporaryDirectory _directory = new();
    private readonly TestIssuer _issuer = new(new IssuanceOptions { Organization = "Example Manufacturing", UnlistedModels = true });
    private readonly SettableTime _time = new(default);
    private readonly Database _database;
    private readonly QuotaBook _book;
    private readonly QuotaStore _store;

    public QuotaBookProperties()
    {
        _database = new Database(_directory["ca.db"], typeof(CertificateAuthorityApp).Assembly, Durability.Kill);
        _book = new QuotaBook(_database, _issuer.Profiles, new QuotaOptions(), _time);
        _store = new QuotaStore(_database, new AuditTrail(_database, _time), _time);
    }

    [Fact]
    public void AnyRequestsOnAnyQuotas_AreCountedAsTheRuleSays() => Prop.ForAll(Quotas, Requests, (quotas, requests) =>
    {
        PutIn(quotas);
        var used = new int[quotas.Length];
        var day = 0;
        foreach (var request in requests)
        {
            day += request.DaysLater;
            _time.Now = new DateTimeOffset(FirstDay.AddDays(day), new TimeOnly(23, 59, 59), TimeSpan.Zero);
            var expected = Expect(quotas, used, request, day);
            if (Consume(request) != (expected is not null))
                return false;
            used = expected ?? used;
            if (!used.SequenceEqual(Used()))
                return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    public void Dispose()
    {
        _database.Dispose();
        _issuer.Dispose();
        _directory.Dispose();
    }

    /// <summary>Unit by unit, each from the open quota that ends first; null where one finds none.</summary>
    private static int[]? Expect(Allowed[] quotas, int[] used, Asked request, int day)
    {
        var after = (int[])used.Clone();
        foreach (var model in request.Counts.SelectMany((count, index) => Enumerable.Repeat(Models[index], count)))
        {
            var open = Enumerable.Range(0, quotas.Length).Where(i => quotas[i].Model == model && quotas[i].IsApproved && quotas[i].Starts <= day && quotas[i].Ends >= day && after[i] < quotas[i].Amount).ToList();
            if (open.Count == 0)
                return null;
            after[open.MinBy(i => (quotas[i].Ends, i))]++;
        }

        return after;
    }

    private void PutIn(Allowed[] quotas) => _database.WriteAsync(
        (connection, transaction) =>
        {
            connection.Execute("DELETE FROM quota", transaction: transaction);
            foreach (var quota in quotas)
            {
                var proposal = new CheckedProposal("F1", ModelCode.Parse(quota.Model), FirstDay.AddDays(quota.Starts), FirstDay.AddDays(quota.Ends), quota.Amount, null, null);
                var id = _store.Propose(connection, transaction, proposal, Proposer, Proposer).Id;
                if (quota.IsApproved)
                    connection.Execute("UPDATE quota SET state = 'Approved' WHERE id = @id", new { id }, transaction);
            }
        },
        default).GetAwaiter().GetResult();

    private bool Consume(Asked request)
    {
        var numbers = request.Counts.SelectMany((count, index) => Numbers(Models[index], 1, count)).ToList();
        try
        {
            var fits = _book.FindRefusal("F1", numbers) is null;
            _database.WriteAsync((connection, transaction) => _book.Consume(connection, transaction, "F1", numbers), default).GetAwaiter().GetResult();
            return fits;
        }
        catch (ProvisioningException refused) when (refused.Code == ErrorCode.QuotaExceeded)
        {
            return false;
        }
    }

    private List<int> Used() => _database.Read(connection => connection.Query<int>("SELECT used FROM quota ORDER BY id").ToList());

    private sealed record Allowed(string Model, int Starts, int Ends, int Amount, bool IsApproved);

    private sealed record Asked(int[] Counts, int DaysLater);
}

using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Statistics;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>
/// The history of a CA that has been issuing for 400 days, in one transaction: requests of 1,000 from several factories for several models, of each ten certificates re-issued and ten
/// revoked, the latest two requests not acknowledged and half of the last one still reserved. The trail, the ledger and the counters tell of each step what the service would have told.
/// The to-be-signed octets are the profile's own, number by number; all share one key and one signature, which nothing here verifies.
/// </summary>
internal sealed class StoreFilling : IDisposable
{
    public const int RequestSize = 1000;

    private const int Replaced = 10;
    private const int Revoked = 10;
    private const int WrappedKeySize = 167;
    private const string Reason = "keyCompromise";

    private static readonly string[] Factories = ["F1", "F2", "F3", "F4"];
    private static readonly string[] Models = ["3012", "3013", "3020", "4100", "4200", "B001", "B002", "C777"];
    private static readonly TimeSpan History = TimeSpan.FromDays(400);

    private readonly DbConnection _connection;
    private readonly DbTransaction _transaction;
    private readonly IssuedLedger _ledger;
    private readonly ToBeSigned _template;
    private readonly int _issuer;
    private readonly byte[] _publicKey;
    private readonly byte[] _signature;
    private readonly DateTimeOffset _now;
    private readonly BulkRows _requests;
    private readonly BulkRows _certificates;
    private readonly BulkRows _events;
    private readonly List<string> _lines = [];
    private AuditAnchor _last;
    private long _id;

    public StoreFilling(DbConnection connection, DbTransaction transaction, IssuedLedger ledger, CertificateProfile profile, DateTimeOffset now)
    {
        (_connection, _transaction, _ledger, _now) = (connection, transaction, ledger, now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _publicKey = key.ExportSubjectPublicKeyInfo();
        _template = new ToBeSigned(profile, now, _publicKey.Length);
        _issuer = profile.Issuer.Number;
        _signature = profile.Issuer.Sign(_publicKey);
        _requests = new BulkRows(
            connection, transaction, "issuance_request", "request_id", "kind", "caller", "content_sha256", "first_certificate", "certificate_count", "received_at", "acknowledged_at");
        _certificates = new BulkRows(
            connection,
            transaction,
            "certificate",
            "id",
            "request_id",
            "machine_number",
            "serial_number",
            "issuer",
            "state",
            "not_after",
            "to_be_signed",
            "signature",
            "wrapped_key",
            "issued_at",
            "superseded_by",
            "revoked_at",
            "revocation_reason");
        _events = new BulkRows(connection, transaction, "audit_event", "sequence", "at", "actor", "action", "subject", "outcome", "detail", "hash");
        _last = AuditReader.Last(connection, transaction);
    }

    /// <summary>Every hundredth serial number, for those who look one up.</summary>
    public List<string> Sample { get; } = [];

    /// <summary>Makes <paramref name="rows"/> certificates.</summary>
    public void Fill(long rows)
    {
        var batches = (int)((rows + RequestSize + Replaced - 1) / (RequestSize + Replaced));
        for (var batch = 0; batch < batches; batch++)
        {
            var received = _now - History + (History * batch / batches) - TimeSpan.FromMinutes(30);
            var (first, reissued) = (_id + 1, batch < batches - 2 ? Replaced : 0);
            Issue(batch, received, (int)Math.Min(RequestSize, rows - _id), isAcknowledged: batch < batches - 2, lastSigned: batch == batches - 1 ? RequestSize / 2 : RequestSize);
            for (var i = 0; i < reissued && _id < rows; i++)
                Reissue(batch, received.AddMinutes(10), first, i);
            _ledger.Append(_lines);
            _ledger.Settle(committed: true); // a request's own transaction for whoever reads the ledger
            _lines.Clear();
        }
    }

    public void Dispose()
    {
        _requests.Dispose();
        _certificates.Dispose();
        _events.Dispose();
    }

    private void Issue(int batch, DateTimeOffset received, int count, bool isAcknowledged, int lastSigned)
    {
        var (factory, model, at) = (Factories[batch % Factories.Length], ModelCode.Parse(Models[batch % Models.Length]), UtcText.Of(received));
        var numbers = Enumerable.Range(batch / Models.Length * RequestSize, count).Select(serial => new MachineNumber(model, serial)).ToArray();
        var order = new IssuanceOrder(RequestId.New(), OrderKind.Issue, factory, numbers);
        var first = _id + 1;
        var made = Reserve(order, received, at, isAcknowledged);
        var signed = made[..Math.Min(lastSigned, count)];
        Record(at, AuditTrail.Itself, "Issued", order.RequestId.ToString(), Digest(signed, _signature));
        for (var i = 0; i < count; i++)
        {
            var (isReplaced, isRevoked) = (isAcknowledged && i < Replaced, isAcknowledged && i >= count - Revoked);
            var state = i >= lastSigned ? CertificateState.Reserved : !isAcknowledged ? CertificateState.Issued : isReplaced ? CertificateState.Superseded : isRevoked ? CertificateState.Revoked : CertificateState.Fetched;
            var ended = isReplaced ? UtcText.Of(received.AddMinutes(10)) : isRevoked ? UtcText.Of(received.AddMinutes(20)) : null;
            Store(order, made[i], state, at, isReplaced ? first + count + i : null, ended, isReplaced ? "superseded" : isRevoked ? Reason : null);
            if (!isRevoked)
                continue;
            _lines.Add(LedgerEntry.Ended(nameof(CertificateState.Revoked), made[i].SerialNumber.ToString(), ended!, Reason));
            Record(ended!, "Administrator administrator", "Revoked", numbers[i].ToString(), $"{made[i].SerialNumber} {Reason}");
        }

        var day = UtcText.DayOf(received);
        CounterBook.Add(_connection, _transaction, day, factory, model, CounterEvent.Issued, signed.Length);
        CounterBook.Add(_connection, _transaction, day, factory, model, CounterEvent.Acknowledged, isAcknowledged ? count : 0);
        CounterBook.Add(_connection, _transaction, day, factory, model, CounterEvent.Revoked, isAcknowledged ? Math.Min(Revoked, count) : 0);
    }

    private void Reissue(int batch, DateTimeOffset received, long first, int index)
    {
        var (factory, model, at) = (Factories[batch % Factories.Length], ModelCode.Parse(Models[batch % Models.Length]), UtcText.Of(received));
        var number = new MachineNumber(model, (batch / Models.Length * RequestSize) + index);
        var order = new IssuanceOrder(RequestId.New(), OrderKind.Reissue, factory, [number]);
        Record(at, order.Actor, "Superseded", number.ToString(), string.Create(CultureInfo.InvariantCulture, $"row {first + index}"));
        var made = Reserve(order, received, at, isAcknowledged: true);
        Record(at, AuditTrail.Itself, "Issued", order.RequestId.ToString(), Digest(made, _signature));
        Store(order, made[0], CertificateState.Fetched, at, null, null, null);
        var day = UtcText.DayOf(received);
        CounterBook.Add(_connection, _transaction, day, factory, model, CounterEvent.Superseded, 1);
        CounterBook.Add(_connection, _transaction, day, factory, model, CounterEvent.Reissued, 1);
    }

    private CertificateRecord[] Reserve(IssuanceOrder order, DateTimeOffset received, string at, bool isAcknowledged)
    {
        var requestId = order.RequestId.ToString();
        var first = _id + 1;
        var made = order.MachineNumbers.Select((number, i) =>
        {
            var serial = OrderedSerialNumber.Next(received);
            return new CertificateRecord
            {
                Id = first + i,
                MachineNumber = number,
                SerialNumber = serial,
                Issuer = _issuer,
                NotAfter = received + (_template.NotAfter - _now),
                ToBeSigned = _template.Fill(serial.ToBytes(), number, _publicKey),
            };
        }).ToArray();
        _id += made.Length;
        _requests.Add(requestId, order.Kind.ToString(), order.Caller, order.ContentSha256, first, made.Length, at, isAcknowledged ? at : null);
        Record(at, order.Actor, order.Kind + "Reserved", requestId, Digest(made, []));
        _lines.Add(LedgerEntry.Requested(order));
        _lines.AddRange(made.Select(certificate => LedgerEntry.Reserved(requestId, order.Caller, certificate)));
        if (!isAcknowledged)
            return made;
        Record(at, order.Actor, "Acknowledged", requestId, string.Empty);
        _lines.Add(LedgerEntry.Acknowledged(requestId, at));
        return made;
    }

    private void Store(IssuanceOrder order, CertificateRecord made, CertificateState state, string at, long? supersededBy, string? ended, string? reason)
    {
        var isSigned = state != CertificateState.Reserved;
        _certificates.Add(
            made.Id,
            order.RequestId.ToString(),
            made.MachineNumber.ToString(),
            made.SerialNumber.ToString(),
            made.Issuer,
            state.ToString(),
            UtcText.Of(made.NotAfter),
            made.ToBeSigned,
            isSigned ? _signature : null,
            state is CertificateState.Reserved or CertificateState.Issued ? RandomNumberGenerator.GetBytes(WrappedKeySize) : null,
            isSigned ? at : null,
            supersededBy,
            ended,
            reason);
        if (state == CertificateState.Superseded)
            _lines.Add(LedgerEntry.Ended(nameof(CertificateState.Superseded), made.SerialNumber.ToString(), ended!, reason!));
        if (made.Id % 100 == 0)
            Sample.Add(made.SerialNumber.ToString());
    }

    private void Record(string at, string actor, string action, string subject, string detail)
    {
        var happened = new AuditEvent(_last.Sequence + 1, at, actor, action, subject, AuditEvent.Done, detail, string.Empty);
        happened = happened with { Hash = happened.ComputeHash(_last.Hash) };
        _events.Add(happened.Sequence, happened.At, happened.Actor, happened.Action, happened.Subject, happened.Outcome, happened.Detail, happened.Hash);
        _last = new AuditAnchor(happened.Sequence, happened.Hash, string.Empty);
    }

    /// <summary>As the service ties rows to the trail; the benchmark lets the service's own check read it.</summary>
    private static string Digest(CertificateRecord[] certificates, byte[] signature)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var certificate in certificates)
        {
            hash.AppendData(certificate.ToBeSigned);
            hash.AppendData(signature);
        }

        return string.Create(CultureInfo.InvariantCulture, $$"""{"first":{{certificates[0].Id}},"count":{{certificates.Length}},"sha256":"{{Convert.ToHexStringLower(hash.GetHashAndReset())}}"}""");
    }
}

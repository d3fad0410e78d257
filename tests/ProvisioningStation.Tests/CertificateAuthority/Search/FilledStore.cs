using Dapper;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.CertificateAuthority.Search;

/// <summary>The CA's tables with certificates of three factories and three models in every state, of many requests, some of them large; the same ones each time.</summary>
public sealed class FilledStore : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(20260115);

    public FilledStore()
    {
        Database = CertificateAuthorityApp.OpenDatabase(new DataDirectory(_directory.Path));
        Database.WriteAsync(
            (connection, transaction) =>
            {
                var at = Start;
                while (Rows.Count < 8000)
                {
                    at += TimeSpan.FromMinutes(_random.Next(1, 90));
                    var (count, kind) = _random.Next(10) switch { 0 => (_random.Next(100, 900), "Issue"), < 5 => (1, "Reissue"), _ => (_random.Next(1, 20), "Issue") };
                    var isOpen = _random.Next(8) == 0;
                    var request = new { Id = Guid.NewGuid().ToString("D"), Factory = "F" + _random.Next(1, 4), Kind = kind, First = Rows.Count + 1L, Count = count, At = UtcText.Of(at), Acknowledged = isOpen ? null : UtcText.Of(at) };
                    connection.Execute(
                        """
                        INSERT INTO issuance_request (request_id, kind, caller, content_sha256, first_certificate, certificate_count, received_at, acknowledged_at)
                        VALUES (@Id, @Kind, @Factory, '', @First, @Count, @At, @Acknowledged)
                        """,
                        request,
                        transaction);
                    for (var i = 0; i < count; i++)
                        Add(connection, transaction, request.Id, request.Factory, at, isOpen);
                }
            },
            CancellationToken.None).GetAwaiter().GetResult();
    }

    public static DateTimeOffset Start { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Database Database { get; }

    public List<StoredRow> Rows { get; } = [];

    public void Dispose()
    {
        Database.Dispose();
        _directory.Dispose();
    }

    private void Add(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction transaction, string request, string factory, DateTimeOffset at, bool isOpen)
    {
        string[] models = ["3012", "A123", "B777"];
        var number = $"{models[_random.Next(3)]}-{_random.Next(5000):D6}";
        var taken = Rows.Exists(row => row.MachineNumber == number && row.State is not (CertificateState.Superseded or CertificateState.Revoked or CertificateState.Purged));
        CertificateState[] states = taken
            ? [CertificateState.Superseded, CertificateState.Superseded, CertificateState.Revoked, CertificateState.Purged]
            : isOpen ? [CertificateState.Reserved, CertificateState.Issued] : [CertificateState.Fetched, CertificateState.Fetched, CertificateState.Revoked, CertificateState.Proved];
        var row = new StoredRow(Rows.Count + 1, Guid.NewGuid().ToString("N") + "00000000", number, states[_random.Next(states.Length)], factory, at, Start.AddDays(_random.Next(3000)));
        Rows.Add(row);
        connection.Execute(
            """
            INSERT INTO certificate (id, request_id, machine_number, serial_number, issuer, state, not_after, to_be_signed)
            VALUES (@Id, @request, @MachineNumber, @Serial, 1, @state, @notAfter, x'30')
            """,
            new { row.Id, request, row.MachineNumber, row.Serial, state = row.State.ToString(), notAfter = UtcText.Of(row.NotAfter) },
            transaction);
    }
}

/// <summary>A certificate as it was put into the store.</summary>
public sealed record StoredRow(long Id, string Serial, string MachineNumber, CertificateState State, string Factory, DateTimeOffset ReceivedAt, DateTimeOffset NotAfter);

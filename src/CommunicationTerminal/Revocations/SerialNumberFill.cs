using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>Writes the serial number, by which a CRL names a certificate, into rows of an earlier version, some hundred per transaction.</summary>
internal sealed class SerialNumberFill(Database database)
{
    private const int Slice = 500;

    /// <summary>Fills what is missing.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var rows = database.Read(connection => connection.Query<(string Number, long Attempt, byte[] Certificate)>(
                    "SELECT machine_number, attempt, certificate FROM certificate WHERE serial_number IS NULL ORDER BY machine_number, attempt",
                    buffered: false)
                .Take(Slice)
                .Select(row => new { row.Number, row.Attempt, LeafCertificate.Parse(row.Certificate).SerialNumber })
                .ToList());
            if (rows.Count == 0)
                return;
            await database.WriteAsync(
                (connection, transaction) => connection.Execute("UPDATE certificate SET serial_number = @SerialNumber WHERE machine_number = @Number AND attempt = @Attempt", rows, transaction),
                cancellationToken);
        }
    }
}

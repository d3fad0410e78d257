using System.Formats.Asn1;
using Dapper;
using Microsoft.Extensions.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>
/// Certificates that were stored before their end had a column of its own (migration 0002): it is read from what was signed and filled in, once, at the first start.
/// Where nothing is missing this is one look into an index.
/// </summary>
internal sealed class ValidityEnds(Database database) : IHostedService
{
    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var missing = connection.Query<(long Id, byte[] ToBeSigned)>("SELECT id, to_be_signed FROM certificate WHERE not_after = ''", transaction: transaction);
            foreach (var (id, toBeSigned) in missing)
                connection.Execute("UPDATE certificate SET not_after = @end WHERE id = @id AND not_after = ''", new { id, end = UtcText.Of(EndOf(toBeSigned)) }, transaction);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static DateTimeOffset EndOf(byte[] toBeSigned)
    {
        var fields = new AsnReader(toBeSigned, AsnEncodingRules.DER).ReadSequence();
        if (fields.PeekTag() == Version)
            fields.ReadEncodedValue();
        for (var skipped = 0; skipped < 3; skipped++)
            fields.ReadEncodedValue(); // serial number, signature algorithm, issuer
        var validity = fields.ReadSequence();
        validity.ReadEncodedValue();
        return validity.PeekTag() == Asn1Tag.UtcTime ? validity.ReadUtcTime() : validity.ReadGeneralizedTime();
    }
}

using Dapper;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas.ProductionOrders;

/// <summary>Production orders: each becomes its lines' proposals in one transaction, once.</summary>
internal sealed class ProductionOrderStore(Database database, QuotaStore quotas, QuotaRules rules, AuditTrail audit, TimeProvider time)
{
    private const int MaxLines = 500;

    /// <summary>Takes an order, or answers with what became of it where it was taken before.</summary>
    /// <returns>The order with its quotas, and whether it is new.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> and the like; <see cref="ErrorCode.Conflict"/> where its number has come with other content.</exception>
    public Task<(ImportedOrder Order, bool IsNew)> TakeAsync(SignedOrder signed, PeerIdentity caller, CancellationToken cancellationToken)
    {
        var factory = QuotaRules.CheckName("factory", signed.Order.Factory);
        var number = QuotaRules.CheckName("order number", signed.Order.OrderNumber);
        var fingerprint = signed.Signer.Fingerprint!.Value.ToString();
        return database.WriteAsync(
            (connection, transaction) =>
            {
                var stored = connection.QuerySingleOrDefault<(string ContentSha256, string SignedBy, string SignerFingerprint)?>(
                    "SELECT content_sha256, signed_by, signer_fingerprint FROM production_order WHERE factory = @factory AND order_number = @number",
                    new { factory, number },
                    transaction);
                if (stored is { } earlier)
                {
                    return earlier.ContentSha256 == signed.ContentSha256
                        ? (new ImportedOrder(number, factory, earlier.SignedBy, earlier.SignerFingerprint, QuotaStore.OfOrder(connection, transaction, factory, number)), false)
                        : throw new ProvisioningException(ErrorCode.Conflict, $"Order {number} of factory {factory} was taken before with other content. A changed order needs a number of its own.");
                }

                var proposals = Check(signed.Order, number);
                var row = new { factory, number, signed.ContentSha256, SignedBy = signed.Signer.ToString(), fingerprint, signed.SignedData, Now = UtcText.Of(time.GetUtcNow()) };
                connection.Execute(
                    """
                    INSERT INTO production_order (factory, order_number, content_sha256, signed_by, signer_fingerprint, signed_data, received_at)
                    VALUES (@factory, @number, @ContentSha256, @SignedBy, @fingerprint, @SignedData, @Now)
                    """,
                    row,
                    transaction);
                audit.Append(connection, transaction, caller.ToString(), "ProductionOrderTaken", $"order {number}", detail: $"{factory}, signed by {signed.Signer} {fingerprint}, content {signed.ContentSha256}");
                var made = proposals.Select(proposal => quotas.Propose(connection, transaction, proposal, signed.Signer, caller)).ToList();
                return (new ImportedOrder(number, factory, row.SignedBy, fingerprint, made), true);
            },
            cancellationToken);
    }

    private List<CheckedProposal> Check(ProductionOrder order, string number)
    {
        if (order.Lines is not { Count: > 0 and <= MaxLines } lines || lines.Contains(null!))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"Order {number} has {order.Lines?.Count ?? 0} lines, or an empty one. Allowed: 1 to {MaxLines}.");
        var proposals = lines.Select(line => rules.Check(new QuotaProposal(order.Factory, line.Model, order.ValidFrom, order.ValidTo, line.Amount), number)).ToList();
        foreach (var twice in proposals.CountBy(proposal => proposal.Model).Where(counted => counted.Value > 1))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"Order {number} has more than one line for model {twice.Key}.");
        return proposals;
    }
}

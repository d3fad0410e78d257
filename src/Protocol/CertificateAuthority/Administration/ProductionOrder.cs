namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>
/// What a factory's production management system orders: the JSON inside the CMS SignedData of <c>POST /api/production-orders</c>. Each line becomes a proposed quota.
/// </summary>
/// <param name="OrderNumber">Its number there; each only once per factory.</param>
/// <param name="Factory">The factory. A production management system orders for its own only.</param>
/// <param name="ValidFrom">The first day, in UTC.</param>
/// <param name="ValidTo">The last day, in UTC.</param>
/// <param name="Lines">One per model.</param>
public sealed record ProductionOrder(string? OrderNumber, string? Factory, DateOnly? ValidFrom, DateOnly? ValidTo, IReadOnlyList<ProductionOrderLine>? Lines);

/// <summary>One model of an order.</summary>
/// <param name="Model">The model code.</param>
/// <param name="Amount">How many certificates.</param>
public sealed record ProductionOrderLine(string? Model, long Amount);

/// <summary>A production order as the CA took it.</summary>
/// <param name="OrderNumber">Its number.</param>
/// <param name="Factory">Its factory.</param>
/// <param name="SignedBy">Role and name of its signer.</param>
/// <param name="SignerFingerprint">Of the signer's certificate, SHA-256.</param>
/// <param name="Quotas">What it asks for, line by line, as it stands now.</param>
public sealed record ImportedOrder(string OrderNumber, string Factory, string SignedBy, string SignerFingerprint, IReadOnlyList<Quota> Quotas);

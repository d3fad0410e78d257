namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>One request for certificates.</summary>
/// <param name="RequestId">The caller's name for it.</param>
/// <param name="Kind">Issue, Reissue, Sign, Resign or Renew.</param>
/// <param name="Factory">The name of the communication terminal, or of the device, that asked.</param>
/// <param name="Reason">Why, where a certificate was to be replaced.</param>
/// <param name="Certificates">How many it asked for.</param>
/// <param name="ReceivedAt">When it was stored.</param>
/// <param name="AcknowledgedAt">When the caller said that it has the certificates; from then on the CA holds no private keys of it.</param>
/// <param name="ExpiredAt">When the private keys were wiped because nobody acknowledged in time.</param>
public sealed record RequestSummary(string RequestId, string Kind, string Factory, string? Reason, long Certificates, DateTimeOffset ReceivedAt, DateTimeOffset? AcknowledgedAt, DateTimeOffset? ExpiredAt);

/// <summary>A request with its certificates.</summary>
/// <param name="Request">The request.</param>
/// <param name="Certificates">Its certificates in the order asked, one page of them.</param>
/// <param name="Next">The cursor of the next page of certificates; absent on the last one.</param>
public sealed record RequestDetail(RequestSummary Request, IReadOnlyList<CertificateSummary> Certificates, string? Next);

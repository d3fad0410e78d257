using System.Collections.Concurrent;
using System.Data.Common;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>An answer and how long it holds.</summary>
/// <param name="Content">The OCSPResponse, DER.</param>
/// <param name="ThisUpdate">When it was made.</param>
/// <param name="NextUpdate">Until when others may keep it; null where they may not: an error, or an answer to a nonce.</param>
internal sealed record OcspAnswer(byte[] Content, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate);

/// <summary>
/// Answers OCSP requests (RFC 6960). A request without a nonce gets the answer that was signed for the same octets shortly before, unless a certificate has ended since;
/// one with a nonce is signed for itself.
/// </summary>
internal sealed partial class OcspAnswers(
    IssuerHashes issuers,
    CertificateStatuses statuses,
    OcspResponders responders,
    RevocationNews news,
    SigningGate gate,
    RevocationOptions options,
    TimeProvider time,
    ILogger<OcspAnswers> logger)
{
    private const int MaxKept = 5000;

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <summary>The answer to a request, whatever its octets are.</summary>
    public async ValueTask<OcspAnswer> AnswerAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        try
        {
            gate.Require();
            var key = Convert.ToBase64String(request.Span);
            var (revision, now) = (news.Revision, time.GetUtcNow());
            if (_kept.TryGetValue(key, out var kept) && kept.Revision == revision && now < kept.Until && now >= kept.Answer.ThisUpdate)
                return kept.Answer;
            var answer = await AnswerAsync(OcspRequest.Read(request), now, cancellationToken);
            if (answer.NextUpdate is not null && options.OcspReuse > TimeSpan.Zero)
                Keep(key, new Kept(answer, revision, now + options.OcspReuse));
            return answer;
        }
        catch (AsnContentException)
        {
            return Failed(OcspResponseStatus.MalformedRequest);
        }
        catch (Exception cause) when (cause is DbException or CryptographicException or IOException || (cause is ProvisioningException { Code: ErrorCode.SigningStopped }))
        {
            LogCantAnswer(logger, cause.Message);
            return Failed(OcspResponseStatus.TryLater);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            LogDefect(logger, cause);
            return Failed(OcspResponseStatus.InternalError);
        }
    }

    /// <summary>The answer to what could not even be read as a request.</summary>
    public OcspAnswer Malformed() => Failed(OcspResponseStatus.MalformedRequest);

    private async ValueTask<OcspAnswer> AnswerAsync(OcspRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // One responder signs for one issuing CA: who asks about several generations at once asks once for each. One that has ended has no responder any more.
        if (issuers.Find(request.Certificates[0]) is not { } issuer || now >= issuer.NotAfter || request.Certificates.Any(id => issuers.Find(id) != issuer))
            return Failed(OcspResponseStatus.Unauthorized);
        var responder = await responders.GetAsync(issuer, cancellationToken);
        var certificates = new (CertificateId, CertificateStatus)[request.Certificates.Count];
        var allKnown = true;
        for (var i = 0; i < certificates.Length; i++)
        {
            var status = Find(issuer.Number, request.Certificates[i]);
            certificates[i] = (request.Certificates[i], status);
            allKnown &= status.IsKnown;
        }

        var thisUpdate = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var nextUpdate = thisUpdate + options.OcspValidity < responder.NotAfter ? thisUpdate + options.OcspValidity : responder.NotAfter;
        var content = OcspResponse.Sign(responder, thisUpdate, nextUpdate, certificates, request.Nonce);

        // An unknown one may be issued in the next moment.
        return new OcspAnswer(content, thisUpdate, request.Nonce is null && allKnown ? nextUpdate : null);
    }

    private CertificateStatus Find(int issuer, CertificateId id) =>
        id.SerialNumber.Length == SerialNumber.Size ? statuses.Find(issuer, Convert.ToHexStringLower(id.SerialNumber.Span)) : default;

    private void Keep(string key, Kept kept)
    {
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        _kept[key] = kept;
    }

    private OcspAnswer Failed(OcspResponseStatus status) => new(OcspResponse.Failed(status), time.GetUtcNow(), null);

    private sealed record Kept(OcspAnswer Answer, long Revision, DateTimeOffset Until);

    [LoggerMessage(244, LogLevel.Warning, "An OCSP request was put off: {Problem}")]
    private static partial void LogCantAnswer(ILogger logger, string problem);

    [LoggerMessage(245, LogLevel.Error, "An OCSP request could not be answered")]
    private static partial void LogDefect(ILogger logger, Exception cause);
}

using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Audit;

/// <summary>Puts every refused call on record (P-31), whichever door it came to: REST, SOAP or EST.</summary>
internal sealed partial class Refusals(AuditGathering audit, ILogger<Refusals> logger)
{
    /// <summary>Records a refusal before it is answered. Where the trail can't be written the call is refused all the same.</summary>
    public async Task RecordAsync(PeerIdentity peer, string action, string subject, ProvisioningException refused)
    {
        try
        {
            await audit.AppendAsync(peer.ToString(), action, subject, refused.Code.ToString(), refused.Message);
        }
        catch (Exception unrecorded)
        {
            LogUnrecorded(logger, subject, unrecorded);
        }
    }

    [LoggerMessage(242, LogLevel.Error, "The refusal of {Call} could not be recorded in the audit trail")]
    private static partial void LogUnrecorded(ILogger logger, string call, Exception cause);
}

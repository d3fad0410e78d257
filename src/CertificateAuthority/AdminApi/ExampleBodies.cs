using System.Text.Json;
using System.Text.Json.Nodes;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>A body for each call that takes JSON, as it could be sent; made from the records themselves, so that it can't be out of date.</summary>
internal static class ExampleBodies
{
    private static readonly JsonSerializerOptions WithoutNulls = new(JsonForm.Options) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private static readonly Dictionary<string, object> ByOperation = new(StringComparer.Ordinal)
    {
        ["ProposeQuota"] = new QuotaProposal("F1", "3012", new DateOnly(2026, 12, 1), new DateOnly(2026, 12, 31), 34_000, "December plan"),
        ["ApproveQuota"] = new QuotaDecision("as planned"),
        ["RejectQuota"] = new QuotaDecision("twice the plan"),
        ["WithdrawQuota"] = new QuotaDecision("the line is moved to another factory"),
        ["RevokeCertificates"] = new RevocationRequest { MachineNumber = "3012-000001", Reason = RevocationReasons.NameOf(RevocationReason.KeyCompromise), Note = "board stolen" },
        ["ResumeSigning"] = new ResumeSigning("restored, report compared with the terminal"),
    };

    /// <summary>The example of an operation; null where its body is not JSON or it has none.</summary>
    public static JsonNode? Of(string? operation) => operation is not null && ByOperation.TryGetValue(operation, out var body) ? JsonSerializer.SerializeToNode(body, body.GetType(), WithoutNulls) : null;
}

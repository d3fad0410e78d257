using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>A list of certificates as CSV, page by page as it is read, so that its length costs no memory.</summary>
internal static class CertificateCsv
{
    private const int PageSize = 1000;
    private const string Heading = "serialNumber,machineNumber,state,factory,issuer,requestId,issuedAt,notAfter,revokedAt,revocationReason\r\n";

    /// <summary>Writes at most <paramref name="limit"/> certificates behind <paramref name="cursor"/>.</summary>
    public static async Task WriteAsync(HttpResponse response, CertificateSearch search, CertificateFilter filter, string? cursor, long limit, CancellationToken cancellationToken)
    {
        var page = search.Find(filter, cursor, (int)Math.Min(limit, PageSize)); // before the first octet, so that a bad filter is still a problem document
        response.ContentType = CsvText.MediaType + "; charset=utf-8; header=present";
        response.Headers.ContentDisposition = "attachment; filename=\"certificates.csv\"";
        await response.WriteAsync(Heading, cancellationToken);
        while (true)
        {
            await response.WriteAsync(Rows(page.Items), cancellationToken);
            limit -= page.Items.Count;
            if (page.Next is null || limit <= 0)
                return;
            page = search.Find(filter, page.Next, (int)Math.Min(limit, PageSize));
        }
    }

    private static string Rows(IReadOnlyList<CertificateSummary> certificates)
    {
        var rows = new StringBuilder();
        foreach (var one in certificates)
        {
            rows.AppendRow(
                one.SerialNumber, one.MachineNumber, one.State.ToString(), one.Factory, one.Issuer.ToString(CultureInfo.InvariantCulture), one.RequestId,
                Text(one.IssuedAt), Text(one.NotAfter), Text(one.RevokedAt), one.RevocationReason);
        }

        return rows.ToString();
    }

    private static string? Text(DateTimeOffset? moment) => moment is { } known ? UtcText.Of(known) : null;
}

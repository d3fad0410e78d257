using System.Globalization;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>All units that fit, as CSV, page by page as they are read, so that their number costs no memory. Moments are UTC, days are the factory's.</summary>
internal sealed class UnitCsv(UnitSearch search)
{
    private static readonly string[] Heading = ["machineNumber", "model", "planDate", "state", "attempt", "line", "writtenAt", "provedAt", "firmwareVersion", "certificateFingerprint"];

    /// <summary>Writes them; <paramref name="forSpreadsheet"/> begins with a byte order mark, without which a spreadsheet in Japan takes the file for Shift JIS.</summary>
    public async Task WriteAsync(HttpResponse response, UnitFilter filter, bool forSpreadsheet, CancellationToken cancellationToken)
    {
        var page = search.Find(filter, null, UnitSearch.MaxLimit); // before the first octet, so that what is wrong is still told as such
        response.ContentType = CsvText.MediaType + "; charset=utf-8; header=present";
        response.Headers.ContentDisposition = "attachment; filename=\"units.csv\"";
        var rows = new StringBuilder(forSpreadsheet ? CsvText.ByteOrderMark : null).AppendRow(Heading);
        while (true)
        {
            foreach (var unit in page.Items)
            {
                rows.AppendRow(
                    unit.MachineNumber,
                    unit.MachineNumber[..Protocol.ModelCode.Length],
                    unit.PlanDate is { } day ? FactoryClock.Stored(day) : null,
                    unit.State.ToString(),
                    unit.Attempt.ToString(CultureInfo.InvariantCulture),
                    unit.Line,
                    Text(unit.WrittenAt),
                    Text(unit.ProvedAt),
                    unit.FirmwareVersion,
                    unit.CertificateFingerprint);
            }

            await response.WriteAsync(rows.ToString(), cancellationToken);
            rows.Clear();
            if (page.Next is null)
                return;
            page = search.Find(filter, page.Next, UnitSearch.MaxLimit);
        }
    }

    private static string? Text(DateTimeOffset? moment) => moment is { } known ? UtcText.Of(known) : null;
}

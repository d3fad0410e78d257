using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>
/// A station prints the check sheet of a unit at its line (P-33), under the rules of every printing: on record before it leaves, and a second one only with a reason. A line gets the sheets of
/// those units of which it may have the certificates.
/// </summary>
internal sealed class GetCheckSheet(Database database, PrintJobs jobs, PrintedPages pages, LinePermissions permissions, UnitRefusals refusals)
{
    /// <summary>Answers one station.</summary>
    public async Task<GetCheckSheetResponse> HandleAsync(GetCheckSheetRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        permissions.Require(peer.Name, request.MachineNumber);
        database.Read(connection =>
        {
            var unit = Unit.Find(connection, null, request.MachineNumber) ?? throw refusals.Unknown(request.MachineNumber);
            if (unit.State is UnitState.Blocked or UnitState.Scrapped or UnitState.Withdrawn or UnitState.Purged)
                throw UnitRefusals.Ended(connection, null, unit);
            return unit.PlanLine is null || unit.PlanLine == peer.Name ? unit : throw UnitRefusals.PlannedElsewhere(unit);
        });
        var order = new PrintOrder(
            request.RequestId.ToString(),
            PrintedDocument.CheckSheet,
            Units: [request.MachineNumber.ToString()],
            Language: request.Language,
            ReprintReason: request.ReprintReason);
        var job = await jobs.OrderAtLineAsync(order, peer.Name, cancellationToken);
        return new GetCheckSheetResponse(await pages.GetPdfAsync(job, cancellationToken));
    }
}

using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.CommunicationTerminal.StationApi;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>How far a line is today, from the figures of the page Today: some rows of <c>unit_count</c>, however many units there are.</summary>
internal sealed class GetLineProgress(Database database, ManagedModels managed, LinePermissions permissions, FactoryClock clock)
{
    /// <summary>Answers one station.</summary>
    public Task<GetLineProgressResponse> HandleAsync(GetLineProgressRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var day = database.Read(connection => DayFigures.Read(connection, null, clock.Today, managed));
        var (planned, done, failed) = (0, 0, 0);
        foreach (var model in day.Models)
        {
            var here = model.Lines.FirstOrDefault(line => line.Line == peer.Name).Figures;
            planned += IsOpenTo(peer.Name, model) ? model.All.Expected - OutOfReach(peer.Name, model) : here is null ? 0 : Had(here);
            done += here?.Proved ?? 0;
            failed += here is null ? 0 : here.Blocked + here.Scrapped;
        }

        return Task.FromResult(new GetLineProgressResponse(day.Date, planned, done, failed, planned - done - failed));
    }

    private bool IsOpenTo(string line, ModelFigures model) => model.PlannedLine is null
        ? permissions.Allows(line, ModelCode.Parse(model.Model))
        : model.PlannedLine == line;

    // What other lines have, and what was ended before any line had it.
    private static int OutOfReach(string line, ModelFigures model) =>
        model.Lines.Where(other => other.Line != line).Sum(other => Had(other.Figures)) +
        model.All.Scrapped + model.All.Blocked - model.Lines.Sum(any => any.Figures.Scrapped + any.Figures.Blocked);

    // Without what the plan says beyond it: a line has a unit when its number names the line.
    private static int Had(UnitFigures figures) => (figures with { Planned = 0 }).Expected;
}

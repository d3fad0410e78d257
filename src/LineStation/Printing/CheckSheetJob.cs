using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Terminal;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Printing;

/// <summary>
/// Prints what is owed, behind the line's back: the unit is proved and its verdict said, so a printer or a terminal that is away costs nobody a unit. The sheet is fetched once by its stored
/// request, lies in the data directory until the printer has it, and is tried again until then.
/// </summary>
internal sealed class CheckSheetJob(
    CheckSheetOrders orders,
    CheckSheetPrinter printer,
    TerminalClient terminal,
    LineJournal journal,
    PrinterOptions options,
    DataDirectory data,
    TimeProvider time,
    HealthState health,
    ILogger<CheckSheetJob> logger) : PeriodicJob("check-sheet", time, health, logger)
{
    private const string Condition = "printer";

    private readonly HealthState _health = health;
    private string? _lastProblem;

    /// <inheritdoc/>
    protected override TimeSpan Interval => options.RetryInterval;

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var open = orders.FindOpen();
        DeleteAllBut(open);
        ProvisioningException? left = null;
        foreach (var order in open)
        {
            try
            {
                await PrintAsync(order, cancellationToken);
                _lastProblem = null;
                _health.Clear(Condition);
            }
            catch (ProvisioningException away) when (away.Code is ErrorCode.PrinterUnavailable)
            {
                _health.Report(Condition, away.Message);
                await SayAsync(order, away, cancellationToken);
                throw;
            }
            catch (ProvisioningException failed) when (failed.Code is not ErrorCode.TerminalUnavailable)
            {
                left ??= failed; // the sheets behind it may be in order
            }
        }

        if (left is not null)
            throw left;
    }

    /// <summary>Sheets that are printed, and halves of files that a power cut left.</summary>
    private void DeleteAllBut(IReadOnlyList<CheckSheetOrder> open)
    {
        foreach (var file in Directory.GetFiles(Spool).Except(open.Select(Spooled), StringComparer.Ordinal))
            File.Delete(file);
    }

    private async Task PrintAsync(CheckSheetOrder order, CancellationToken cancellationToken)
    {
        var spooled = Spooled(order);
        if (!File.Exists(spooled))
        {
            try
            {
                var sheet = await terminal.CallAsync<GetCheckSheetRequest, GetCheckSheetResponse>(
                    StationCall.GetCheckSheet,
                    new GetCheckSheetRequest(order.RequestId, order.Number, options.Language),
                    cancellationToken);
                DurableFile.Write(spooled, sheet.Document);
            }
            catch (ProvisioningException refused) when (ErrorTranslation.IsByCaller(refused.Code))
            {
                // Such as a unit that has a sheet already: a second one needs a person's reason, which is given at the terminal.
                var words = $"No check sheet is printed at this line: {refused.Message.TrimEnd()} Print it at the terminal if it is missing.";
                await journal.RecordDurablyAsync(Entry(order) with { Code = refused.Code, Message = words }, CheckSheetOrders.EndOf(order, printed: false), cancellationToken);
                return;
            }
        }

        KillPoint.Reached(LineStationKillPoints.BeforePrint);
        await printer.PrintAsync($"{order.Number}-{order.RequestId}.pdf", await File.ReadAllBytesAsync(spooled, cancellationToken), cancellationToken);
        KillPoint.Reached(LineStationKillPoints.AfterPrint);
        await journal.RecordDurablyAsync(Entry(order) with { Message = "The check sheet is printed." }, CheckSheetOrders.EndOf(order, printed: true), CancellationToken.None);
        File.Delete(spooled);
    }

    private string Spool => DataDirectory.Open(data.Resolve("check-sheets")).Path;

    private string Spooled(CheckSheetOrder order) => Path.Combine(Spool, $"{order.RequestId}.pdf");

    /// <summary>The same problem is said once, however often it is met.</summary>
    private async Task SayAsync(CheckSheetOrder order, ProvisioningException problem, CancellationToken cancellationToken)
    {
        if (problem.Message == _lastProblem)
            return;
        _lastProblem = problem.Message;
        await journal.RecordAsync(Entry(order) with { Code = problem.Code, Message = $"{problem.Message} The unit is proved; its check sheet is kept and printed by itself." }, cancellationToken);
    }

    private static JournalEntry Entry(CheckSheetOrder order) => new(StationStep.PrintCheckSheet) { MachineNumber = order.Number.ToString() };
}

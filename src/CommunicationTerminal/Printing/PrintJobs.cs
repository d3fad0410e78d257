using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>
/// What was printed, by whom, how often (P-31, P-33). A printing is on record before its first page leaves: with the job, in each unit's history and in the audit trail, in one
/// transaction. A second plate of a unit is a risk: it needs a reason, and is marked as a reprint.
/// </summary>
internal sealed class PrintJobs(Database database, AuditTrail audit, FactoryClock clock, PrintingOptions options)
{
    private const int UnitsAtOnce = 500;

    private const int LongestReason = 200;

    private const string CountDelivery = "UPDATE print_job SET deliveries = deliveries + 1 WHERE job_id = @Id";

    private const string Columns = """
        job_id AS "Id", at AS "At", who AS "Who", document AS "Document", selection AS "Selection", layout AS "Layout", start_place AS "Start", barcode AS "Barcode", language AS "Language",
        unit_count AS "Units", reprint_count AS "Reprints", reason AS "Reason", deliveries AS "Deliveries"
        """;

    private sealed record Row(
        string Id, string At, string Who, string Document, string Selection, string? Layout, long Start, string Barcode, string Language, long Units, long Reprints, string? Reason, long Deliveries)
    {
        public PrintJob ToJob() => new(
            Id, FactoryClock.Parse(At), Who, Enum.Parse<PrintedDocument>(Document), Selection, Layout, (int)Start, Enum.Parse<BarcodeKind>(Barcode), Language, (int)Units, (int)Reprints, Reason, (int)Deliveries);
    }

    /// <summary>What an order would print, without doing it.</summary>
    public PrintPreview Look(PrintOrder order)
    {
        var choice = Choose(order, actor: string.Empty);
        var selection = PrintSelection.Of(order);
        return database.Read(connection =>
        {
            var count = Bounded(selection.Count(connection, null));
            var (first, printed) = selection.Look(connection, order.Document);
            return new PrintPreview(choice with { Selection = selection.Text, Units = count, Reprints = printed }, first);
        });
    }

    /// <summary>Puts an order on record; the same id again is the same printing.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where a unit was printed before and no reason is given.</exception>
    public Task<PrintJob> OrderAsync(PrintOrder order, string actor, CancellationToken cancellationToken)
    {
        var (choice, selection) = Read(order, actor);
        return database.WriteAsync((connection, transaction) => Order(connection, transaction, choice, selection, line: null), cancellationToken);
    }

    /// <summary>
    /// Puts a check sheet on record that the station of <paramref name="line"/> prints by itself, and that its page is fetched. The unit's history is where it stands; only a reprint, for which a
    /// person gave the reason, is in the audit trail too.
    /// </summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where it was printed before and no reason is given.</exception>
    public Task<PrintJob> OrderAtLineAsync(PrintOrder order, string line, CancellationToken cancellationToken)
    {
        var (choice, selection) = Read(order, $"station {line}");
        return database.WriteTogetherAsync(
            (connection, transaction) =>
            {
                var job = Order(connection, transaction, choice, selection, line);
                connection.Execute(CountDelivery, new { job.Id }, transaction);
                return job with { Deliveries = job.Deliveries + 1 };
            },
            cancellationToken);
    }

    /// <summary>A printing.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public PrintJob Find(string id)
    {
        var job = RequestId.Parse(id).ToString();
        return database.Read(connection => Find(connection, null, job)) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no printing {job}.");
    }

    /// <summary>The latest printings that persons ordered, newest first; those of the lines would hide them.</summary>
    public IReadOnlyList<PrintJob> Latest(int count) => database.Read(connection =>
        connection.Query<Row>($"SELECT {Columns} FROM print_job WHERE line IS NULL ORDER BY at DESC, job_id DESC", buffered: false).Take(count).Select(row => row.ToJob()).ToList());

    /// <summary>The units of a printing in order of their numbers, some hundred in memory at a time.</summary>
    public IEnumerable<PrintedUnit> UnitsOf(PrintJob job)
    {
        var after = string.Empty;
        while (true)
        {
            var some = database.Read(connection => connection.Query<(string Number, string PlanDate, string? Line, long Copy)>(
                """
                SELECT u.machine_number, u.plan_date, u.plan_line, p.copy FROM printed_unit p JOIN unit u ON u.machine_number = p.machine_number
                WHERE p.job_id = @Id AND p.machine_number > @after ORDER BY p.machine_number
                """,
                new { job.Id, after },
                buffered: false).Take(UnitsAtOnce).ToList());
            foreach (var row in some)
                yield return new PrintedUnit(MachineNumber.Parse(row.Number), FactoryClock.ParseDate(row.PlanDate), row.Line, (int)row.Copy);
            if (some.Count < UnitsAtOnce)
                yield break;
            after = some[^1].Number;
        }
    }

    /// <summary>Records that the pages are fetched, before they are.</summary>
    public Task DeliverAsync(PrintJob job, string actor, string form, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            connection.Execute(CountDelivery, new { job.Id }, transaction);
            var times = connection.QuerySingle<int>("SELECT deliveries FROM print_job WHERE job_id = @Id", new { job.Id }, transaction);
            audit.Append(connection, transaction, actor, "PrintFetched", $"printing {job.Id}", detail: $"{form}, time {times}: {Describe(job)}");
        },
        cancellationToken);

    private static PrintJob? Find(DbConnection connection, DbTransaction? transaction, string id) =>
        connection.QuerySingleOrDefault<Row>($"SELECT {Columns} FROM print_job WHERE job_id = @id", new { id }, transaction)?.ToJob();

    private static bool IsSame(PrintJob known, PrintJob choice, PrintSelection selection) =>
        known == choice with { At = known.At, Who = known.Who, Selection = selection.Text, Units = known.Units, Reprints = known.Reprints, Deliveries = known.Deliveries };

    private (PrintJob Choice, PrintSelection Selection) Read(PrintOrder order, string actor) =>
        (Choose(order, actor) with { Id = RequestId.Parse(order.Id).ToString() }, PrintSelection.Of(order));

    private PrintJob Order(DbConnection connection, DbTransaction transaction, PrintJob choice, PrintSelection selection, string? line)
    {
        if (Find(connection, transaction, choice.Id) is { } known)
            return IsSame(known, choice, selection) ? known : throw new ProvisioningException(ErrorCode.RequestIdReused, $"Printing {choice.Id} is another one: {known.Selection}. Take a new id.");
        var job = choice with { Selection = selection.Text, Units = Bounded(selection.Count(connection, transaction)) };
        selection.AddTo(connection, transaction, job.Id, job.Document);
        job = job with { Reprints = connection.QuerySingle<int>("SELECT COUNT(*) FROM printed_unit WHERE job_id = @Id AND copy > 1", new { job.Id }, transaction) };
        if (job is { Reprints: > 0, Reason: null })
            throw PrintedBefore(connection, transaction, job);
        Record(connection, transaction, job, line);
        return job;
    }

    /// <summary>Settings where the order leaves something open, and refusals where it is wrong.</summary>
    private PrintJob Choose(PrintOrder order, string actor)
    {
        if (!Enum.IsDefined(order.Document))
            throw Malformed($"There is no document {order.Document}. Allowed: {string.Join(", ", Enum.GetNames<PrintedDocument>())}.");
        if (order.Barcode is { } kind && !Enum.IsDefined(kind))
            throw Malformed($"There is no barcode {kind}. Allowed: {string.Join(", ", Enum.GetNames<BarcodeKind>())}.");
        var plates = order.Document == PrintedDocument.Plate;
        var layout = plates ? LayoutOf(order.Layout) : null;
        var places = layout?.PerPage ?? 1;
        if (order.Start < 1 || order.Start > places)
            throw Malformed($"The first plate can't stand on place {order.Start}: layout {layout?.Name ?? "of check sheets"} has the places 1 to {places}.");
        var language = order.Language ?? "en";
        if (language is not ("ja" or "en"))
            throw Malformed($"The language '{Printable.Shorten(language)}' is not known. Allowed: ja, en.");
        var reason = string.IsNullOrWhiteSpace(order.ReprintReason) ? null : order.ReprintReason.Trim();
        if (reason is { Length: > LongestReason } || reason?.Any(char.IsControl) == true)
            throw Malformed($"The reason for a reprint has control characters, or more than {LongestReason} characters.");
        var barcode = order.Barcode ?? options.Barcode;
        if (layout is not null)
            _ = Plate.BarcodeOf(layout, barcode, PrintingOptions.WidestNumber, options.PrinterDpi);
        return new PrintJob(string.Empty, FactoryClock.Parse(clock.StoredNow), actor, order.Document, string.Empty, layout?.Name, order.Start, barcode, language, 0, 0, reason, 0);
    }

    /// <summary>The layout of this name, or the first.</summary>
    internal PlateLayout LayoutOf(string? name) => name is null
        ? options.Layouts[0]
        : options.Layouts.FirstOrDefault(layout => string.Equals(layout.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw Malformed($"There is no layout '{Printable.Shorten(name)}'. There are: {string.Join(", ", options.Layouts.Select(layout => layout.Name))}.");

    private int Bounded(int count) => count <= options.MaxUnits
        ? count
        : throw Malformed($"These are {count} units; {options.MaxUnits} are printed at once at the most. Print a part: one model of the day, or a range.");

    private static ProvisioningException PrintedBefore(DbConnection connection, DbTransaction transaction, PrintJob job)
    {
        var (number, at, who) = connection.Query<(string Number, string At, string Who)>(
            """
            SELECT p.machine_number, j.at, j.who FROM printed_unit p JOIN print_job j ON j.job_id = p.job_id
            WHERE p.document = @document AND p.machine_number IN (SELECT machine_number FROM printed_unit WHERE job_id = @Id AND copy > 1) ORDER BY j.at DESC
            """,
            new { document = job.Document.ToString(), job.Id },
            transaction,
            buffered: false).First();
        return new ProvisioningException(
            ErrorCode.Conflict,
            $"{job.Reprints} of the {job.Units} were printed before, such as {number} ({at} UTC by {who}). Two plates with one number are a risk: destroy the first ones and give a reason to print again.");
    }

    private void Record(DbConnection connection, DbTransaction transaction, PrintJob job, string? line)
    {
        connection.Execute(
            """
            INSERT INTO print_job (job_id, at, who, document, selection, layout, start_place, barcode, language, unit_count, reprint_count, reason, deliveries, line)
            VALUES (@Id, @at, @Who, @document, @Selection, @Layout, @Start, @barcode, @Language, @Units, @Reprints, @Reason, 0, @line)
            """,
            new { job.Id, at = clock.StoredNow, job.Who, document = job.Document.ToString(), job.Selection, job.Layout, job.Start, barcode = job.Barcode.ToString(), job.Language, job.Units, job.Reprints, job.Reason, line },
            transaction);
        UnitEvents.AddPrinted(connection, transaction, job.Id, job.Who, line, clock.StoredNow, $"{job.Document}, printing {job.Id}", $"{job.Document}, printing {job.Id}: {job.Reason}");
        if (line is not null && job.Reprints == 0)
            return;
        var subject = job.Units == 1 ? job.Selection : $"printing {job.Id}";
        audit.Append(connection, transaction, job.Who, job.Reprints > 0 ? "Reprinted" : "Printed", subject, detail: $"{Describe(job)}; printing {job.Id}");
    }

    private static string Describe(PrintJob job) =>
        $"{job.Document} of {job.Selection}: {job.Units} units, {job.Barcode}{(job.Layout is { } layout ? $", layout {layout}" : string.Empty)}{(job.Reprints > 0 ? $", {job.Reprints} reprints: {job.Reason}" : string.Empty)}";

    private static ProvisioningException Malformed(string message) => new(ErrorCode.MalformedRequest, message);
}

/// <summary>What would be printed: the printing without an id, and its first unit.</summary>
internal sealed record PrintPreview(PrintJob Job, PrintedUnit First);

using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Printing;

/// <summary>Which units are printed: a list, a day's batch, or a range. Units that are not to be built are left out; one that was named by itself is refused.</summary>
internal sealed class PrintSelection
{
    /// <summary>A list is what a person types or a script names; a batch has no such limit.</summary>
    private const int LongestList = 500;

    private const int LongestText = 200;

    private readonly string _condition;
    private readonly DynamicParameters _parameters;
    private readonly IReadOnlyList<string> _named;

    private PrintSelection(string text, string condition, object parameters, IReadOnlyList<string>? named = null)
    {
        Text = text;
        _condition = $"{condition} AND state NOT IN @ended";
        _parameters = new DynamicParameters(parameters);
        _parameters.Add("ended", new[] { nameof(UnitState.Scrapped), nameof(UnitState.Withdrawn), nameof(UnitState.Purged) });
        _named = named ?? [];
    }

    /// <summary>The selection in words, as it goes on record.</summary>
    public string Text { get; }

    /// <summary>What <paramref name="order"/> selects.</summary>
    /// <exception cref="ProvisioningException">It selects in no way, in two, or by something that is no number, model or range.</exception>
    public static PrintSelection Of(PrintOrder order)
    {
        var ways = new[] { order.Units is not null, order.PlanDate is not null, order.First is not null || order.Last is not null };
        if (ways.Count(way => way) != 1)
            throw Malformed("Say which units: machine numbers, or a plan date (with or without a model), or the first and the last number of a range. Exactly one of them.");
        return order switch
        {
            { Units: { } units } => OfUnits(units),
            { PlanDate: { } date } => OfBatch(date, order.Model),
            _ => OfRange(order.First, order.Last),
        };
    }

    /// <summary>How many units there are.</summary>
    /// <exception cref="ProvisioningException">None, or not one that was named.</exception>
    public int Count(DbConnection connection, DbTransaction? transaction)
    {
        var count = connection.QuerySingle<int>($"SELECT COUNT(*) FROM unit WHERE {_condition}", _parameters, transaction);
        if (count < _named.Count)
            throw MissingOne(connection, transaction);
        return count > 0 ? count : throw new ProvisioningException(ErrorCode.NotFound, $"There are no units to print: {Text}. Units get their numbers when the day's batch is allocated.");
    }

    /// <summary>The first unit as it would be printed, and how many were printed before.</summary>
    public (PrintedUnit First, int Printed) Look(DbConnection connection, PrintedDocument document)
    {
        _parameters.Add("document", document.ToString());
        var first = connection.Query<(string Number, string PlanDate, string? Line)>(
            $"SELECT machine_number, plan_date, plan_line FROM unit WHERE {_condition} ORDER BY machine_number", _parameters, buffered: false).First();
        var printed = connection.QuerySingle<int>(
            $"SELECT COUNT(*) FROM printed_unit WHERE document = @document AND copy = 1 AND machine_number IN (SELECT machine_number FROM unit WHERE {_condition})", _parameters);
        return (new PrintedUnit(MachineNumber.Parse(first.Number), FactoryClock.ParseDate(first.PlanDate), first.Line, 1), printed);
    }

    /// <summary>Puts every unit on the list of a job, each with the number of its copy.</summary>
    public void AddTo(DbConnection connection, DbTransaction transaction, string job, PrintedDocument document)
    {
        _parameters.Add("job", job);
        _parameters.Add("document", document.ToString());
        connection.Execute(
            $"""
            INSERT INTO printed_unit (machine_number, document, copy, job_id)
            SELECT u.machine_number, @document, 1 + COALESCE((SELECT MAX(p.copy) FROM printed_unit p WHERE p.machine_number = u.machine_number AND p.document = @document), 0), @job
            FROM unit u WHERE {_condition}
            """,
            _parameters,
            transaction);
    }

    private static PrintSelection OfUnits(IReadOnlyList<string> units)
    {
        if (units.Count is 0 or > LongestList)
            throw Malformed($"{units.Count} machine numbers are named. Allowed: 1 to {LongestList}; print a batch or a range for more.");
        var numbers = units.Select(unit => MachineNumber.Parse(unit).ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return new PrintSelection(Printable.Shorten(string.Join(", ", numbers), LongestText - 1), "machine_number IN @numbers", new { numbers }, numbers);
    }

    private static PrintSelection OfBatch(DateOnly date, string? model)
    {
        var day = FactoryClock.Stored(date);
        return model is null
            ? new PrintSelection(day, "plan_date = @day", new { day })
            : new PrintSelection($"{day} {ModelCode.Parse(model)}", "plan_date = @day AND model = @model", new { day, model });
    }

    private static PrintSelection OfRange(string? first, string? last)
    {
        var (from, to) = (MachineNumber.Parse(first), MachineNumber.Parse(last));
        if (from.Model != to.Model || from.Serial > to.Serial)
            throw Malformed($"{from} to {to} is not a range. The two have to be of one model, the lower one first.");
        return new PrintSelection($"{from} – {to}", "machine_number BETWEEN @from AND @to", new { from = from.ToString(), to = to.ToString() });
    }

    private ProvisioningException MissingOne(DbConnection connection, DbTransaction? transaction)
    {
        var states = connection.Query<(string Number, string State)>("SELECT machine_number, state FROM unit WHERE machine_number IN @numbers", _parameters, transaction)
            .ToDictionary(row => row.Number, row => row.State, StringComparer.Ordinal);
        return _named.FirstOrDefault(number => !states.ContainsKey(number)) is { } unknown
            ? new ProvisioningException(ErrorCode.NotFound, $"There is no unit {unknown} at this terminal. Nothing was printed.")
            : new ProvisioningException(
                ErrorCode.Conflict,
                $"{string.Join(", ", states.Where(state => Enum.Parse<UnitState>(state.Value) >= UnitState.Scrapped).Select(state => $"{state.Key} is {state.Value}").Take(3))}: it is not to be built. Nothing was printed.");
    }

    private static ProvisioningException Malformed(string message) => new(ErrorCode.MalformedRequest, message);
}

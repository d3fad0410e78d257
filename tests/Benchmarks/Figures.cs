using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace ProvisioningStation.Benchmarks;

/// <summary>What a benchmark measured: printed as a table with the machine's cores, and written as JSON where wanted.</summary>
internal sealed class Figures
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly List<Figure> _figures = [];

    public void Add(string name, double value, string unit, string remark) => _figures.Add(new Figure(name, Math.Round(value, 3), unit, remark));

    public double this[string name] => _figures.First(figure => figure.Name == name).Value;

    public void Print(string title)
    {
        var table = new Table().RoundedBorder().Title($"{title}, {Environment.ProcessorCount} cores");
        table.AddColumn("Figure");
        table.AddColumn(new TableColumn("Value").RightAligned());
        table.AddColumn("Unit");
        table.AddColumn("Remark");
        foreach (var figure in _figures)
            table.AddRow(new Text(figure.Name), new Text(figure.Value.ToString(Math.Abs(figure.Value) < 10 ? "N3" : "N1", CultureInfo.InvariantCulture)), new Text(figure.Unit), new Text(figure.Remark));
        ProvisioningStation.Hosting.Operator.OutputConsole.Create().Write(table);
    }

    public void Write(string file) => File.WriteAllText(
        file,
        JsonSerializer.Serialize(new { cores = Environment.ProcessorCount, figures = _figures.Select(figure => new { figure.Name, figure.Value, figure.Unit }) }, Json));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    public static double Percentile(IReadOnlyList<double> values, double percent)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Count) - 1, 0, sorted.Count - 1)];
    }

    private sealed record Figure(string Name, double Value, string Unit, string Remark);
}

using ProvisioningStation.Protocol.LineStation;
using Spectre.Console;

namespace ProvisioningStation.Factory.Display;

/// <summary>A table with one row per line, redrawn in place as things happen.</summary>
public sealed class LiveTable : ILineDisplay
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Row> _rows = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _closed = new();
    private readonly SemaphoreSlim _changed = new(1);
    private readonly Task _drawing;
    private int _proved;
    private int _failed;

    /// <summary>Draws on <paramref name="console"/> until disposed.</summary>
    public LiveTable(IAnsiConsole console, IEnumerable<string> lines)
    {
        foreach (var line in lines)
            _rows[line] = new Row("–", "waiting for a board", "–", "–");
        _drawing = console.Live(Draw()).AutoClear(false).StartAsync(async live =>
        {
            while (!_closed.Task.IsCompleted)
            {
                await Task.WhenAny(_changed.WaitAsync(), _closed.Task);
                live.UpdateTarget(Draw());
                live.Refresh();
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }

            live.UpdateTarget(Draw());
        });
    }

    /// <inheritdoc/>
    public void Happened(StationEvent happened) => Change(() =>
    {
        if (happened.Verdict is { } counted)
            _ = counted == Verdict.Pass ? _proved++ : _failed++;
        var row = _rows[happened.Line];
        var number = happened.MachineNumber ?? row.MachineNumber;
        _rows[happened.Line] = happened.Verdict is { } verdict
            ? new Row(number, happened.Message is { Length: > 0 } message && verdict != Verdict.Pass ? message : "done", Wording.Of(verdict), Wording.Seconds(happened.Seconds))
            : new Row(number, Wording.Of(happened.Step), happened.Step == StationStep.Scanned ? "–" : row.Verdict, Wording.Seconds(happened.Seconds));
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed.TrySetResult();
        _drawing.GetAwaiter().GetResult();
    }

    private void Change(Action change)
    {
        lock (_lock)
            change();
        if (_changed.CurrentCount == 0)
            _changed.Release();
    }

    private Table Draw()
    {
        var table = new Table().RoundedBorder().Title($"proved {_proved}   not proved {_failed}");
        foreach (var heading in new[] { "Line", "Machine number", "Step", "Verdict", "Seconds" })
            table.AddColumn(heading);
        table.Columns[4].RightAligned();
        lock (_lock)
        {
            foreach (var (line, row) in _rows)
                table.AddRow(new Text(line), new Text(row.MachineNumber), new Text(row.Step), new Text(row.Verdict, Colour(row.Verdict)), new Text(row.Seconds));
        }

        return table;
    }

    private static Style Colour(string verdict) => verdict switch
    {
        "✓ OK" => new Style(Color.Green, decoration: Decoration.Bold),
        "–" => Style.Plain,
        _ => new Style(Color.Red, decoration: Decoration.Bold),
    };

    private sealed record Row(string MachineNumber, string Step, string Verdict, string Seconds);
}

using System.Globalization;
using System.Text.Json;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Factory.Lines;

/// <summary>What a worker has in hands: a board and, once chosen, the product's machine number. Survives the launcher.</summary>
public sealed record Workpiece(int Board, string? MachineNumber);

/// <summary>
/// The end of a line's cross cable: the place where the worker connects one board after the other. Which board is connected and what it is to become is stored before
/// anything is done to it, so that after an interruption the same board is connected again.
/// </summary>
public sealed class BoardSlot(FactoryLayout layout, LineConfiguration line, TlsIdentity operatorIdentity, BoardRack rack) : IAsyncDisposable
{
    private readonly string _memory = Path.Combine(layout.Line(line.Line), "workpiece.json");
    private readonly OperatorClient _operator = new(line.Cable, operatorIdentity, line.Port, Role.Board, Role.Device);
    private readonly OperatorClient _blank = OperatorClient.OfBlankBoard(line.Cable, line.Port);

    /// <summary>The board's process while one is connected.</summary>
    public ChildProgram? Board { get; private set; }

    /// <summary>What is connected now, or was when the launcher last ended.</summary>
    /// <exception cref="FactoryException">The file that says so is not readable.</exception>
    public Workpiece? Current
    {
        get
        {
            try
            {
                return File.Exists(_memory) ? JsonSerializer.Deserialize<Workpiece>(File.ReadAllText(_memory), JsonForm.Options) : null;
            }
            catch (JsonException cause)
            {
                throw new FactoryException($"{_memory} does not say which board is on the cable of line {line.Line}. Delete it: the line then takes a new board.", cause);
            }
        }
    }

    /// <summary>The memory map of the connected board.</summary>
    public string Directory => layout.Board(Current!.Board);

    /// <summary>Connects the board of an interrupted job, or a new one, and waits until it has started.</summary>
    public Task ConnectAsync(CancellationToken cancellationToken)
    {
        Place();
        return PowerOnAsync(null, cancellationToken);
    }

    /// <summary>Puts a new board in place where none is, without power.</summary>
    public Workpiece Place() => Current ?? Remember(new Workpiece(rack.TakeNew(), null));

    /// <summary>Puts away a board that nobody chose a number for and that has one already: somebody else scanned it.</summary>
    public async Task PutAwayFinishedAsync()
    {
        if (Current is { MachineNumber: null } piece && File.Exists(Path.Combine(layout.Board(piece.Board), "nvram", "machine-number")))
            await RemoveAsync();
    }

    /// <summary>Writes down what the connected board is to become.</summary>
    public Workpiece Assign(string machineNumber) => Remember(Current! with { MachineNumber = machineNumber });

    /// <summary>Powers the current board on.</summary>
    public async Task PowerOnAsync(IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken)
    {
        var piece = Current!;
        Board = ChildProgram.Start(
            $"board-{line.Line}",
            FactoryPrograms.Board,
            [
                "--config", layout.ConfigurationFile("board"),
                "--data", layout.Board(piece.Board),
                $"--Listen:Address={line.Cable.Host}",
                string.Create(CultureInfo.InvariantCulture, $"--Listen:Port={line.Cable.Port}"),
                .. File.Exists(layout.FirmwareKeys) ? [$"--Board:FirmwareKeys={layout.FirmwareKeys}"] : Array.Empty<string>(),
            ],
            layout.Logs,
            environment,
            line.CrossCable?.Namespace);
        await Board.WaitUntilHealthyAsync(cancellationToken, _operator, _blank); // the station may turn a blank board into a common one before we have asked
    }

    /// <summary>Powers the board off; it stays connected.</summary>
    public async Task PowerOffAsync()
    {
        if (Board is not null)
            await Board.DisposeAsync();
        Board = null;
    }

    /// <summary>Takes the board off the cable and puts it away.</summary>
    public async Task RemoveAsync()
    {
        await PowerOffAsync();
        File.Delete(_memory);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await PowerOffAsync();
        _operator.Dispose();
        _blank.Dispose();
    }

    private Workpiece Remember(Workpiece piece)
    {
        DurableFile.Write(_memory, JsonSerializer.SerializeToUtf8Bytes(piece, JsonForm.Options));
        return piece;
    }
}

using ProvisioningStation.Factory;

namespace ProvisioningStation.Benchmarks.Scan;

/// <summary>A factory whose CA, plan and terminal run as processes, with today's certificates in store, and lines to build the units.</summary>
internal sealed class BenchmarkFloor : IAsyncDisposable
{
    private readonly BenchmarkFactory _factory;
    private readonly Queue<string> _numbers;

    private BenchmarkFloor(BenchmarkFactory factory, FactoryFloor floor, Queue<string> numbers)
    {
        _factory = factory;
        Floor = floor;
        _numbers = numbers;
    }

    public FactoryFloor Floor { get; }

    public FactoryLayout Layout => _factory.Layout;

    public BoardShelf Shelf { get; } = new();

    public List<BenchmarkLine> Lines { get; } = [];

    /// <summary>Starts CA, plan and terminal, and waits until <paramref name="units"/> certificates are in store.</summary>
    public static async Task<BenchmarkFloor> OpenAsync(int units, int lines, CancellationToken cancellationToken)
    {
        var factory = await BenchmarkFactory.CreateAsync(units, lines, cancellationToken);
        var floor = FactoryFloor.Open(factory.Layout);
        floor.CertificateAuthority.Start();
        await floor.ApproveQuotasAsync(factory.Layout, cancellationToken);
        foreach (var program in new[] { floor.ProductionManagement, floor.Terminal })
        {
            program.Start();
            await program.WaitUntilHealthyAsync(cancellationToken);
        }

        return new BenchmarkFloor(factory, floor, await UnitQueue.ReadAsync(floor, units, cancellationToken));
    }

    /// <summary>Opens the next line.</summary>
    public async Task OpenLineAsync(bool ownProcess, CancellationToken cancellationToken) =>
        Lines.Add(await BenchmarkLine.OpenAsync(Layout, Floor.Lines[Lines.Count], Shelf, ownProcess, cancellationToken));

    /// <summary>The next unit to build, null where all are given out.</summary>
    public string? TakeNumber()
    {
        lock (_numbers)
            return _numbers.TryDequeue(out var number) ? number : null;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Lines.Select(line => line.DisposeAsync().AsTask()));
        await Floor.DisposeAsync();
        Shelf.Dispose();
        _factory.Dispose();
    }
}

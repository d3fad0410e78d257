using ProvisioningStation.Factory.Cables;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.Factory.Setup;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Factory;

/// <summary>The running factory: every program in its seat, every line with scanner and board slot.</summary>
public sealed class FactoryFloor : IAsyncDisposable
{
    private readonly TlsIdentity _operatorIdentity;

    private FactoryFloor(FactoryLayout layout, TlsIdentity operatorIdentity, CrossCables? cables)
    {
        _operatorIdentity = operatorIdentity;
        CertificateAuthority = Seat("certificate-authority", FactoryPrograms.CertificateAuthority, layout.CertificateAuthority, Role.CertificateAuthority);
        ProductionManagement = Seat("production-management", FactoryPrograms.ProductionManagement, layout.ProductionManagement, Role.ProductionManagement);
        Terminal = Seat("communication-terminal", FactoryPrograms.CommunicationTerminal, layout.CommunicationTerminal, Role.CommunicationTerminal);
        var rack = new BoardRack(layout);
        Lines =
        [
            .. LineConfiguration.ReadAll(layout.Configuration).Select((line, position) => cables is null ? line : line.Behind(cables.Cables[position])).Select(line => new FloorLine(
                line,
                new ProgramSeat(
                    "line-" + line.Line,
                    FactoryPrograms.LineStation,
                    line.File,
                    DataDirectory.Open(layout.Line(line.Line)).Path,
                    line.Station,
                    Role.LineStation,
                    layout.Logs,
                    operatorIdentity,
                    line.CrossCable?.StationArguments()),
                VirtualScanner.Connect(layout.Line(line.Line)),
                new BoardSlot(layout, line, operatorIdentity, rack))),
        ];

        ProgramSeat Seat(string name, string assembly, string data, Role role)
        {
            var file = layout.ConfigurationFile(name);
            return new ProgramSeat(name, assembly, file, data, LineConfiguration.ReadListenAddress(file), role, layout.Logs, operatorIdentity);
        }
    }

    /// <summary>The CA.</summary>
    public ProgramSeat CertificateAuthority { get; }

    /// <summary>The stand-in for the factory's production management system.</summary>
    public ProgramSeat ProductionManagement { get; }

    /// <summary>The communication terminal.</summary>
    public ProgramSeat Terminal { get; }

    /// <summary>The lines, in the order of their names.</summary>
    public IReadOnlyList<FloorLine> Lines { get; }

    /// <summary>What was done about quotas at the start, in one line; null where there is nothing to say.</summary>
    public string? Quotas { get; private set; }

    /// <summary>Every long-running program.</summary>
    public IEnumerable<ProgramSeat> Programs => [CertificateAuthority, ProductionManagement, Terminal, .. Lines.Select(line => line.Station)];

    /// <summary>The factory with every seat empty.</summary>
    public static FactoryFloor Open(FactoryLayout layout, CrossCables? cables = null) => new(layout, TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.Operator)), cables);

    /// <summary>Starts every program and waits until each is healthy. The set-up must have run.</summary>
    /// <exception cref="FactoryException">One did not start; the message is its own last line.</exception>
    public static async Task<FactoryFloor> StartAsync(FactoryLayout layout, CrossCables? cables, CancellationToken cancellationToken)
    {
        var floor = Open(layout, cables);
        try
        {
            foreach (var program in floor.Programs.Where(program => program != floor.Terminal))
                program.Start();
            await floor.ApproveQuotasAsync(layout, cancellationToken);
            floor.Terminal.Start(); // behind the quotas, or its first request would be refused
            foreach (var program in floor.Programs)
                await program.WaitUntilHealthyAsync(cancellationToken);
            return floor;
        }
        catch
        {
            await floor.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the CA and sees to it that the plan's quotas are approved there (P-30).</summary>
    public async Task ApproveQuotasAsync(FactoryLayout layout, CancellationToken cancellationToken)
    {
        await CertificateAuthority.WaitUntilHealthyAsync(cancellationToken);
        Quotas = await PlannedQuotas.ApproveAsync(layout, CertificateAuthority.Address, cancellationToken);
    }

    /// <summary>Where everything answers.</summary>
    public FactoryMap Map(FactoryLayout layout) => new(
        CertificateAuthority.Address,
        Terminal.Address,
        ProductionManagement.Address,
        [.. Lines.Select(line => new MappedLine(
            line.Configuration.Line,
            line.Configuration.Station,
            line.Configuration.Cable,
            Path.Combine(layout.Line(line.Configuration.Line), VirtualScanner.InputName)))])
    {
        Gateway = layout.ConfigurationFile("gateway") is var gateway && File.Exists(gateway) ? LineConfiguration.ReadListenAddress(gateway) : null,
    };

    /// <summary>Completes, with its obituary, when a program ends that was not told to.</summary>
    public async Task<string> WaitForDeathAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.WhenAny(Programs.Select(program => program.Process!.Ended).Append(Task.Delay(TimeSpan.FromSeconds(1), cancellationToken)));
            cancellationToken.ThrowIfCancellationRequested();
            var dead = Programs.Select(program => program.Process!)
                .Concat(Lines.Select(line => line.Slot.Board).OfType<ChildProgram>())
                .FirstOrDefault(program => program.Died);
            if (dead is not null)
                return dead.Obituary;
        }
    }

    /// <summary>Stops everything: boards and stations first, so that no unit is begun that can't be ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Lines.Select(line => line.Station.DisposeAsync().AsTask()));
        await Task.WhenAll(Lines.Select(line => line.Slot.DisposeAsync().AsTask()));
        foreach (var line in Lines)
            line.Scanner.Dispose();
        await Task.WhenAll(new[] { Terminal, ProductionManagement, CertificateAuthority }.Select(program => program.DisposeAsync().AsTask()));
        _operatorIdentity.Dispose();
    }
}

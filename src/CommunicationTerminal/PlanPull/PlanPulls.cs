using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Brings plans: from the configured source, because it is time or because somebody asks, and from a file that somebody gives.</summary>
internal sealed class PlanPulls(PlanPullOptions options, PlanIntake intake, IServiceProvider services) : IDisposable
{
    private readonly SemaphoreSlim _pulling = new(1, 1);

    /// <summary>The name under which the history keeps pulls that nobody asked for.</summary>
    public const string BySchedule = AuditTrail.Itself;

    /// <summary>The folder that is watched, null where plans come otherwise.</summary>
    public PlanFolder? Folder { get; } = options.Source == PlanSource.Folder ? services.GetRequiredService<PlanFolder>() : null;

    /// <inheritdoc/>
    public void Dispose() => _pulling.Dispose();

    /// <summary>Asks the source for a month's plan; from a folder, takes what is complete, of whatever month.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PlanUnavailable"/> or <see cref="ErrorCode.InvalidPlan"/>; then the earlier plan stays, and the history says why.</exception>
    public async Task<PulledPlan> PullAsync(PlanMonth month, string actor, CancellationToken cancellationToken)
    {
        if (Folder is not null)
        {
            var taken = await Folder.TakeAsync(actor, cancellationToken);
            if (taken.Count > 0)
                return taken[^1];
            var waiting = Folder.Count() == 0 ? "No file stands in it." : "What stands in it is still being written; ask again in a moment.";
            throw new ProvisioningException(ErrorCode.PlanUnavailable, $"The plan folder {Folder.Place} has no complete file. {waiting}");
        }

        await _pulling.WaitAsync(cancellationToken); // two who ask at once shall not overtake each other
        var source = services.GetRequiredService<IPlanSource>();
        try
        {
            var reading = (await source.ReadAsync(month, cancellationToken)).RequireAnyGood();
            return (await intake.TakeAsync(new IncomingPlan(options.Source, source.Place, reading), actor, cancellationToken)).Pull;
        }
        catch (ProvisioningException cause) when (cause.Code is ErrorCode.PlanUnavailable or ErrorCode.InvalidPlan)
        {
            await intake.FailAsync(month, options.Source, source.Place, actor, cause.Message, cancellationToken);
            throw;
        }
        finally
        {
            _pulling.Release();
        }
    }

    /// <summary>Takes a plan from a file that somebody gives.</summary>
    /// <param name="name">The file's name; its end says what it is, and a month in it which month it is of.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="month">The month, where the giver says it.</param>
    /// <param name="actor">Who.</param>
    /// <param name="tryOnly">Whether to tell only what would become of it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidPlan"/>; then the earlier plan stays, and the history says why.</exception>
    public async Task<PullResult> ImportAsync(string name, ReadOnlyMemory<byte> content, PlanMonth? month, string actor, bool tryOnly, CancellationToken cancellationToken)
    {
        var place = PlanFile.NameOf(name);
        try
        {
            var type = PlanFile.FindType(place) ?? throw PlanReader.Invalid($"The name {place} does not end with .csv or .json.");
            var reading = PlanReader.Read(content.Span, type, month ?? PlanFile.FindMonth(place), options.Encoding).RequireAnyGood();
            var incoming = new IncomingPlan(PlanSource.Import, place, reading);
            return tryOnly ? intake.Try(incoming, actor) : await intake.TakeAsync(incoming, actor, cancellationToken);
        }
        catch (ProvisioningException refusal) when (refusal.Code == ErrorCode.InvalidPlan && !tryOnly)
        {
            await intake.FailAsync(month ?? PlanFile.FindMonth(place) ?? intake.CurrentMonth, PlanSource.Import, place, actor, refusal.Message, cancellationToken);
            throw;
        }
    }
}

using Microsoft.AspNetCore.Http.Features;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary><c>/api/plan</c>: the plan, what waits for a decision, and the history of pulls; pulling, importing, confirming and discarding.</summary>
internal sealed class PlanEndpoint(PlanOverview overview, PlanPulls pulls, PlanDecisions decisions, PullHistory history, PlanIntake intake)
{
    private const int MaxLimit = 1000;

    /// <summary>Maps the calls.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var plan = api.MapGroup("/plan").RequireRole(Role.Operator);
        plan.MapGet("", (PlanEndpoint endpoint, string? month) => endpoint.Show(month));
        plan.MapPost("/pull", (PlanEndpoint endpoint, PlanPullOrder? order, HttpContext context) => endpoint.PullAsync(order, context));
        plan.MapPost("/import", (PlanEndpoint endpoint, string? name, string? month, bool? dryRun, HttpContext context) => endpoint.ImportAsync(name, month, dryRun ?? false, context));
        plan.MapGet("/differences", (PlanEndpoint endpoint) => endpoint.List());
        plan.MapGet("/pulls", (PlanEndpoint endpoint, long? before, int? limit) => endpoint.History(before, limit));
        plan.MapGet("/pulls/{id:long}", (PlanEndpoint endpoint, long id) => endpoint.Find(id));
        plan.MapPost("/pulls/{id:long}/confirm", (PlanEndpoint endpoint, long id, HttpContext context) => endpoint.ConfirmAsync(id, context));
        plan.MapPost("/pulls/{id:long}/discard", (PlanEndpoint endpoint, long id, HttpContext context) => endpoint.DiscardAsync(id, context));
    }

    private PlanStatus Show(string? month) => overview.Show(month is null ? intake.CurrentMonth : PlanMonth.Parse(month));

    private Task<PulledPlan> PullAsync(PlanPullOrder? order, HttpContext context) =>
        pulls.PullAsync(order?.Month is { } month ? PlanMonth.Parse(month) : intake.CurrentMonth, context.GetPeer().ToString(), context.RequestAborted);

    private async Task<PullResult> ImportAsync(string? name, string? month, bool dryRun, HttpContext context)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new ProvisioningException(ErrorCode.MalformedRequest, "name is missing: the file's name, which ends with .csv or .json.");
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = PlanReader.MaxBytes + 1;
        var content = await BoundedContent.ReadAsync(context.Request.Body, context.RequestAborted);
        return await pulls.ImportAsync(name, content, month is null ? null : PlanMonth.Parse(month), context.GetPeer().ToString(), dryRun, context.RequestAborted);
    }

    private IReadOnlyList<PullResult> List() => decisions.List();

    private PullResult Find(long id) => decisions.Find(id);

    private IReadOnlyList<PulledPlan> History(long? before, int? limit)
    {
        var wanted = limit ?? 100;
        return wanted is >= 1 and <= MaxLimit
            ? history.List(before, wanted)
            : throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {wanted}. Allowed: 1 to {MaxLimit}.");
    }

    private Task<PullResult> ConfirmAsync(long id, HttpContext context) => decisions.ConfirmAsync(id, context.GetPeer().ToString(), context.RequestAborted);

    private Task<PullResult> DiscardAsync(long id, HttpContext context) => decisions.DiscardAsync(id, context.GetPeer().ToString(), context.RequestAborted);
}

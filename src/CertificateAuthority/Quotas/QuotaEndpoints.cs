using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProvisioningStation.CertificateAuthority.AdminApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas;

/// <summary><c>/api/quotas</c>: an administrator proposes, an approver decides, everybody reads.</summary>
internal sealed class QuotaEndpoints(QuotaStore store, QuotaRules rules)
{
    private const string Number = "The quota's number.";

    private static readonly Role[] Readers = [Role.Administrator, Role.Approver, Role.Auditor, Role.Operator];

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/quotas", List).RequireRole(Readers)
            .WithName("ListQuotas").WithSummary("Lists quotas, the newest first, with what is used and left.").Produces<Page<Quota>>();
        api.MapGet("/quotas/{id:long}", Get).RequireRole(Readers)
            .WithName("GetQuota").WithSummary("Shows one quota.").Produces<Quota>();
        api.MapPost("/quotas", ProposeAsync).RequireRole(Role.Administrator)
            .WithName("ProposeQuota").WithSummary("Proposes a quota. Nothing is issued on it before an approver has approved it.").Produces<Quota>(StatusCodes.Status201Created);
        api.MapPost("/quotas/{id:long}/approve", ([Description(Number)] long id, QuotaDecision? decision, HttpContext context) => DecideAsync(id, QuotaState.Approved, decision, context)).HonoursIfMatch().RequireRole(Role.Approver)
            .WithName("ApproveQuota").WithSummary("Approves a proposed quota. Not for whoever proposed it.").Produces<Quota>();
        api.MapPost("/quotas/{id:long}/reject", ([Description(Number)] long id, QuotaDecision? decision, HttpContext context) => DecideAsync(id, QuotaState.Rejected, decision, context)).HonoursIfMatch().RequireRole(Role.Approver)
            .WithName("RejectQuota").WithSummary("Rejects a proposed quota, with a note that says why.").Produces<Quota>();
        api.MapPost("/quotas/{id:long}/withdraw", ([Description(Number)] long id, QuotaDecision? decision, HttpContext context) => DecideAsync(id, QuotaState.Withdrawn, decision, context)).HonoursIfMatch()
            .RequireRole(Role.Administrator, Role.Approver)
            .WithName("WithdrawQuota").WithSummary("Takes a quota back, with a note that says why: what is used stays used, nothing more is issued on it.").Produces<Quota>();
    }

    private Page<Quota> List(
        [Description("Only of this factory.")] string? factory,
        [Description("Only for this model.")] string? model,
        [Description("Only in this state: Proposed, Approved, Rejected, Withdrawn.")] string? state,
        [Description("Only those whose period covers this UTC day, such as 2026-11-21.")] string? active,
        [Description("How many at the most: 1 to 1000, 100 by default.")] int? limit,
        [Description("next of the page before.")] string? cursor)
    {
        var page = PageRequest.Of(limit, cursor);
        var filter = new QuotaFilter(
            factory,
            model is null ? null : ModelCode.Parse(model),
            state is null ? null : ReadState(state),
            active is null ? null : QueryDay.Read("active", active));
        return page.Take(store.List(filter, page.AfterNumber, page.Limit + 1), quota => quota.Id.ToString(CultureInfo.InvariantCulture));
    }

    private Quota Get([Description(Number)] long id) => store.Get(id);

    private async Task<IResult> ProposeAsync(QuotaProposal proposal, HttpContext context)
    {
        var quota = await store.ProposeAsync(rules.Check(proposal), context.GetPeer(), context.RequestAborted);
        return Results.Created(string.Create(CultureInfo.InvariantCulture, $"/api/quotas/{quota.Id}"), quota);
    }

    private async Task<Quota> DecideAsync(long id, QuotaState next, QuotaDecision? decision, HttpContext context)
    {
        var note = QuotaRules.CheckNote(decision?.Note);
        if (note is null && next != QuotaState.Approved)
            throw new ProvisioningException(ErrorCode.MalformedRequest, "Say why: send {\"note\": \"…\"}.");
        return await store.DecideAsync(id, next, context.GetPeer(), note, context.RequestAborted, current => EntityTag.Require(context.Request, current));
    }

    private static QuotaState ReadState(string text) => Enum.TryParse<QuotaState>(text, ignoreCase: true, out var state) && Enum.IsDefined(state)
        ? state
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"state is '{Printable.Shorten(text)}'. Allowed: {string.Join(", ", Enum.GetNames<QuotaState>())}.");
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>Who may do what with a quota, over real mutual TLS.</summary>
public sealed class QuotaApiTests : IAsyncLifetime
{
    private static readonly QuotaProposal November = new("F1", "3012", new DateOnly(2096, 11, 1), new DateOnly(2096, 11, 30), 33_000, "autumn");

    private RunningAuthority _ca = null!;

    public async Task InitializeAsync() => _ca = await RunningAuthority.StartWithoutQuotasAsync();

    public async Task DisposeAsync() => await _ca.DisposeAsync();

    [Fact]
    public async Task ProposedByOne_ApprovedByAnother_ShowsBoth()
    {
        var proposed = await ProposeAsync(November);
        Assert.Equal(("F1", "3012", 33_000L, 0L, 0L, QuotaState.Proposed, "Administrator administrator", "autumn"), (proposed.Factory, proposed.Model, proposed.Amount, proposed.Used, proposed.Left, proposed.State, proposed.ProposedBy, proposed.Note));
        Assert.Null(proposed.DecidedBy);
        var approved = await DecideAsync(proposed.Id, "approve", "as ordered");
        Assert.Equal((QuotaState.Approved, 33_000L, "Approver approver", "as ordered"), (approved.State, approved.Left, approved.DecidedBy, approved.DecisionNote));
        Assert.NotEqual(proposed.Version, approved.Version);
        Assert.Equal(approved, await GetAsync<Quota>($"/api/quotas/{proposed.Id}", "auditor"));
        Assert.Equal(["Administrator administrator QuotaProposed", "Approver approver QuotaApproved"], Audited(proposed.Id));
    }

    [Theory]
    [InlineData("administrator", "approve")]
    [InlineData("administrator", "reject")]
    [InlineData("auditor", "approve")]
    [InlineData("operator", "withdraw")]
    [InlineData("auditor", "withdraw")]
    [InlineData("communication-terminal", "approve")]
    public async Task OtherRole_MayNotDecide(string part, string decision)
    {
        var quota = await ProposeAsync(November);
        await RefusedAsync(HttpStatusCode.Forbidden, "NotAuthorized", PostAsync($"/api/quotas/{quota.Id}/{decision}", part, new QuotaDecision("no")));
        Assert.Equal(QuotaState.Proposed, (await GetAsync<Quota>($"/api/quotas/{quota.Id}", "operator")).State);
    }

    [Theory]
    [InlineData("approver")]
    [InlineData("auditor")]
    [InlineData("operator")]
    [InlineData("communication-terminal")]
    public async Task OnlyAnAdministrator_Proposes(string part) =>
        await RefusedAsync(HttpStatusCode.Forbidden, "NotAuthorized", PostAsync("/api/quotas", part, November));

    [Theory]
    [InlineData("approve", "approver")]
    [InlineData("reject", "approver")]
    [InlineData("withdraw", "administrator")]
    public async Task DecisionOnWhatWasChangedMeanwhile_IsRefused_AndOnWhatWasReadIsTaken(string decision, string part)
    {
        var quota = await ProposeAsync(November);
        var tag = await TagOfAsync(quota.Id);
        Assert.Contains("If-Match", await RefusedAsync(HttpStatusCode.PreconditionFailed, "PreconditionFailed", PostAsync($"/api/quotas/{quota.Id}/{decision}", part, new QuotaDecision("late"), "\"0123456789abcdef0123456789abcdef\"")), StringComparison.Ordinal);
        Assert.Equal((QuotaState.Proposed, tag), ((await GetAsync<Quota>($"/api/quotas/{quota.Id}", "auditor")).State, await TagOfAsync(quota.Id)));
        Assert.Equal(["Administrator administrator QuotaProposed"], Audited(quota.Id));
        using var taken = await PostAsync($"/api/quotas/{quota.Id}/{decision}", part, new QuotaDecision("read before"), tag);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.NotEqual(tag, await TagOfAsync(quota.Id));
        await RefusedAsync(HttpStatusCode.PreconditionFailed, "PreconditionFailed", PostAsync($"/api/quotas/{quota.Id}/withdraw", "approver", new QuotaDecision("of what I read first"), tag));
    }

    [Fact]
    public async Task SamePersonWithBothRoles_MayNotApproveNorReject()
    {
        await _ca.DisposeAsync();
        _ca = await RunningAuthority.StartWithoutQuotasAsync("--Ceremony:Parts:8:Name=Administrator");
        var quota = await ProposeAsync(November); // by "administrator"; the approver is "Administrator"
        foreach (var decision in (string[])["approve", "reject"])
            Assert.Contains("Somebody else", await RefusedAsync(HttpStatusCode.Forbidden, "NotAuthorized", PostAsync($"/api/quotas/{quota.Id}/{decision}", "approver", new QuotaDecision("mine"))), StringComparison.Ordinal);
        Assert.Equal(["Administrator administrator QuotaProposed"], Audited(quota.Id));
    }

    [Fact]
    public async Task EveryPairOfStates_GoesExactlyWhereTheTableSaysSo()
    {
        var ways = new (QuotaState To, string Decision, string Part)[] { (QuotaState.Approved, "approve", "approver"), (QuotaState.Rejected, "reject", "approver"), (QuotaState.Withdrawn, "withdraw", "administrator") };
        foreach (var from in Enum.GetValues<QuotaState>())
        {
            foreach (var (to, decision, part) in ways)
            {
                var quota = await ProposeAsync(November);
                if (from != QuotaState.Proposed)
                    await DecideAsync(quota.Id, ways.Single(way => way.To == from).Decision, "first", ways.Single(way => way.To == from).Part);
                using var answer = await PostAsync($"/api/quotas/{quota.Id}/{decision}", part, new QuotaDecision("second"));
                Assert.Equal(QuotaLife.Allows(from, to) ? HttpStatusCode.OK : HttpStatusCode.Conflict, answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("reject", "approver")]
    [InlineData("withdraw", "administrator")]
    public async Task RefusalWithoutAReason_IsRefused(string decision, string part)
    {
        var quota = await ProposeAsync(November);
        await RefusedAsync(HttpStatusCode.BadRequest, "MalformedRequest", PostAsync($"/api/quotas/{quota.Id}/{decision}", part, new QuotaDecision(" ")));
        using var empty = await _ca.Http(_ca.Identity(part)).PostAsync($"/api/quotas/{quota.Id}/{decision}", null);
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
    }

    [Fact]
    public async Task ApprovalWithoutABody_IsFine()
    {
        var quota = await ProposeAsync(November);
        using var answer = await _ca.Http(_ca.Identity("approver")).PostAsync($"/api/quotas/{quota.Id}/approve", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task UnknownQuota_IsNotFound()
    {
        using var http = _ca.Http(_ca.Identity("operator"));
        await RefusedAsync(HttpStatusCode.NotFound, "NotFound", http.GetAsync("/api/quotas/99"));
        await RefusedAsync(HttpStatusCode.NotFound, "NotFound", PostAsync("/api/quotas/99/approve", "approver", new QuotaDecision(null)));
    }

    [Theory]
    [InlineData("""{"model":"3012","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":5}""", "factory")]
    [InlineData("""{"factory":" F1","model":"3012","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":5}""", "factory")]
    [InlineData("""{"factory":"F1","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":5}""", "model code")]
    [InlineData("""{"factory":"F1","model":"3012x","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":5}""", "model code")]
    [InlineData("""{"factory":"F1","model":"3013","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":5}""", "no certificate profile")]
    [InlineData("""{"factory":"F1","model":"3012","endsOn":"2096-11-30","amount":5}""", "first and its last day")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2096-11-30","endsOn":"2096-11-01","amount":5}""", "before it starts")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2020-11-01","endsOn":"2020-11-30","amount":5}""", "is over")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2096-11-01","endsOn":"2096-11-30"}""", "amount")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":-1}""", "amount")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":1000001}""", "amount")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2096-11-01","endsOn":"2096-11-30","amount":"many"}""", "$.amount")]
    [InlineData("""{"factory":"F1","model":"3012","startsOn":"2096-11-31","endsOn":"2096-12-30","amount":5}""", "$.startsOn")]
    [InlineData("{", "JSON")]
    public async Task ProposalThatMakesNoSense_IsRefusedWithTheReason(string body, string reason)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var said = await RefusedAsync(HttpStatusCode.BadRequest, null, _ca.Http(_ca.Identity("administrator")).PostAsync("/api/quotas", content));
        Assert.Contains(reason, said, StringComparison.Ordinal);
        Assert.Empty((await GetAsync<Page<Quota>>("/api/quotas", "operator")).Items);
    }

    [Fact]
    public async Task List_FiltersAndPages()
    {
        var ids = new List<long>();
        foreach (var (factory, model, month) in new[] { ("F1", "3012", 10), ("F1", "A123", 10), ("F2", "3012", 10), ("F1", "3012", 11), ("F1", "3012", 12) })
            ids.Add((await ProposeAsync(new QuotaProposal(factory, model, new DateOnly(2096, month, 1), new DateOnly(2096, month, 28), 10))).Id);
        await DecideAsync(ids[3], "approve", null);
        Assert.Equal([ids[4], ids[3], ids[0]], await IdsAsync("factory=F1&model=3012"));
        Assert.Equal([ids[3]], await IdsAsync("state=Approved"));
        Assert.Equal([ids[2], ids[1], ids[0]], await IdsAsync("active=2096-10-28"));
        Assert.Equal([], await IdsAsync("active=2096-10-29"));
        var seen = new List<long>();
        for (string? cursor = string.Empty; cursor is not null;)
        {
            var page = await GetAsync<Page<Quota>>("/api/quotas?limit=2" + (cursor.Length == 0 ? string.Empty : "&cursor=" + cursor), "approver");
            Assert.InRange(page.Items.Count, 1, 2);
            seen.AddRange(page.Items.Select(quota => quota.Id));
            cursor = page.Next;
        }

        Assert.Equal(Enumerable.Reverse(ids), seen);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=x")]
    [InlineData("cursor=%21")]
    [InlineData("cursor=eHk")]
    [InlineData("state=Open")]
    [InlineData("state=7")]
    [InlineData("model=x")]
    [InlineData("active=2026-02-30")]
    public async Task ListWithAWrongValue_IsRefused(string query) =>
        await RefusedAsync(HttpStatusCode.BadRequest, null, _ca.Http(_ca.Identity("operator")).GetAsync("/api/quotas?" + query));

    private async Task<List<long>> IdsAsync(string query) => (await GetAsync<Page<Quota>>("/api/quotas?" + query, "operator")).Items.Select(quota => quota.Id).ToList();

    private async Task<Quota> ProposeAsync(QuotaProposal proposal)
    {
        using var answer = await PostAsync("/api/quotas", "administrator", proposal);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var quota = (await answer.Content.ReadFromJsonAsync<Quota>(JsonForm.Options))!;
        Assert.Equal($"/api/quotas/{quota.Id}", answer.Headers.Location!.ToString());
        return quota;
    }

    private async Task<Quota> DecideAsync(long id, string decision, string? note, string part = "approver")
    {
        using var answer = await PostAsync($"/api/quotas/{id}/{decision}", part, new QuotaDecision(note));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<Quota>(JsonForm.Options))!;
    }

    private async Task<T> GetAsync<T>(string path, string part) => (await _ca.Http(_ca.Identity(part)).GetFromJsonAsync<T>(path, JsonForm.Options))!;

    private async Task<HttpResponseMessage> PostAsync<T>(string path, string part, T body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: JsonForm.Options) };
        if (ifMatch is not null)
            request.Headers.Add("If-Match", ifMatch);
        return await _ca.Http(_ca.Identity(part)).SendAsync(request);
    }

    private async Task<string> TagOfAsync(long id)
    {
        using var answer = await _ca.Http(_ca.Identity("operator")).GetAsync($"/api/quotas/{id}");
        return answer.Headers.ETag!.Tag;
    }

    private static async Task<string> RefusedAsync(HttpStatusCode status, string? code, Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        Assert.Equal(status, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        if (code is not null)
            Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem.GetProperty("detail").GetString()!;
    }

    private List<string> Audited(long id) => _ca.Services.GetRequiredService<Database>().Read(connection =>
        connection.Query<string>("SELECT actor || ' ' || action FROM audit_event WHERE subject = @subject AND outcome = 'Done' ORDER BY sequence", new { subject = $"quota {id}" }).ToList());
}

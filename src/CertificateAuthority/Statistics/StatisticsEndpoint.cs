using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProvisioningStation.CertificateAuthority.AdminApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Statistics;

/// <summary><c>GET /api/statistics</c>: what happened, by day, model or factory. Without days: the running month.</summary>
internal sealed class StatisticsEndpoint(StatisticsReader reader, TimeProvider time)
{
    private const int MaxDays = 3660;

    public void Map(RouteGroupBuilder api) => api.MapGet("/statistics", Get).RequireRole(Role.Administrator, Role.Approver, Role.Auditor, Role.Operator)
        .WithName("GetStatistics")
        .WithSummary("Adds up what happened from one UTC day to another, by day, model or factory, beside the quotas of that time. Answered from counters, however many certificates there are.")
        .Produces<Protocol.CertificateAuthority.Administration.Statistics>();

    private Protocol.CertificateAuthority.Administration.Statistics Get(
        [Description("The first UTC day, such as 2026-11-01; the first of the last day's month by default.")] string? from,
        [Description("The last UTC day; today by default.")] string? to,
        [Description("Only of this factory.")] string? factory,
        [Description("Only for this model.")] string? model,
        [Description("A row for each of: day (by default), model, factory.")] string? groupBy)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var last = to is null ? today : QueryDay.Read("to", to);
        var first = from is null ? new DateOnly(last.Year, last.Month, 1) : QueryDay.Read("from", from);
        if (first > last || last.DayNumber - first.DayNumber >= MaxDays)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"from {first:yyyy-MM-dd} to {last:yyyy-MM-dd} is no period of 1 to {MaxDays} days.");
        return reader.Read(new StatisticsQuery(first, last, factory, model is null ? null : ModelCode.Parse(model), ReadGroup(groupBy)));
    }

    private static StatisticsGroup ReadGroup(string? text) => text is null ? StatisticsGroup.Day
        : Enum.TryParse<StatisticsGroup>(text, ignoreCase: true, out var group) && Enum.IsDefined(group) && !char.IsAsciiDigit(text[0]) ? group
        : throw new ProvisioningException(ErrorCode.MalformedRequest, $"groupBy is '{Printable.Shorten(text)}'. Allowed: day, model, factory.");
}

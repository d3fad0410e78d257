using ProvisioningStation.Hosting;
using ProvisioningStation.ProductionManagement.Faults;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.ProductionManagement.Plans;

/// <summary><c>GET /plan?month=2026-11</c>, as JSON or, with <c>Accept: text/csv</c> or <c>format=csv</c>, as CSV.</summary>
internal sealed class PlanEndpoint(PlanOptions options, FaultScript faults, DataDirectory data)
{
    private const string Csv = "text/csv";

    /// <summary>Answers one request.</summary>
    public async Task<IResult> HandleAsync(HttpContext context, string? month, string? format)
    {
        if (!MonthPlan.TryParseMonth(month, out var firstDay))
            throw new ProvisioningException(ErrorCode.MalformedRequest, "month is missing or not of the form yyyy-MM.");
        if (await faults.NextAsync(context.RequestAborted) is { } status)
            return Results.Problem("A scripted fault.", statusCode: status);
        if (options.File is { } file)
            return Results.Bytes(await File.ReadAllBytesAsync(data.Resolve(file), context.RequestAborted), options.FileMediaType);

        var plan = new MonthPlan(firstDay, options.Models);
        var asCsv = format == "csv" || (format is null && context.Request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == Csv));
        return asCsv ? Results.Bytes(plan.ToCsv(), "text/csv; charset=utf-8") : Results.Bytes(plan.ToJson(), "application/json");
    }
}

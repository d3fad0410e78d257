using System.ComponentModel;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Search;

/// <summary>Certificates, machine numbers and requests, to be looked at.</summary>
internal static class SearchFeature
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const string Pem = "application/x-pem-file";
    private const string Der = "application/pkix-cert";

    private static readonly Role[] Readers = [Role.Administrator, Role.Approver, Role.Auditor, Role.Operator];

    public static void AddSearch(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CertificateSearch>();
        builder.Services.AddSingleton<CertificateLookup>();
        builder.Services.AddSingleton<RequestSearch>();
    }

    public static void MapSearch(this RouteGroupBuilder api)
    {
        api.MapGet("/certificates", ListAsync)
            .RequireRole(Readers)
            .WithName("ListCertificates")
            .WithSummary("Certificates by model, machine numbers, state, factory, time of issue and end of validity; as JSON page by page, or all of them as text/csv.")
            .WithDescription("A page may hold fewer certificates than its limit, even none, and still have a next one: each call looks at a bounded number of rows. The list is at its end when next is absent. The order depends on the filters.")
            .Produces<Page<CertificateSummary>>(StatusCodes.Status200OK, "application/json", CsvText.MediaType);
        api.MapGet("/certificates/{serial}", Show)
            .RequireRole(Readers)
            .WithName("ShowCertificate")
            .WithSummary("One certificate with its chain and history; as PEM (with its chain) or DER where Accept asks for it.")
            .Produces<CertificateDetail>(StatusCodes.Status200OK, "application/json", Pem, Der);
        api.MapGet("/machines/{number}", (CertificateLookup lookup, [Description("The machine number, such as 3012-000001.")] string number) => lookup.Find(MachineNumber.Parse(number)))
            .RequireRole(Readers)
            .WithName("ShowMachine")
            .WithSummary("A machine number: its valid certificate, all earlier ones, and its history.")
            .Produces<MachineDetail>();
        api.MapGet(
            "/requests",
            (
                RequestSearch search,
                [Description("Only of this factory (or device, where it renewed its certificate itself).")] string? factory,
                [Description("next of the page before.")] string? cursor,
                [Description("How many at the most: 1 to 1000, 100 by default.")] int? limit) => search.Find(factory, cursor, Limit(limit)))
            .RequireRole(Readers)
            .WithName("ListRequests")
            .WithSummary("What the CA was asked for, the latest first.")
            .Produces<Page<RequestSummary>>();
        api.MapGet(
            "/requests/{id}",
            (
                RequestSearch search,
                [Description("The request's id, a UUID.")] string id,
                [Description("next of the page before.")] string? cursor,
                [Description("How many certificates at the most: 1 to 1000, 100 by default.")] int? limit) => search.Find(RequestId.Parse(id), cursor, Limit(limit)))
            .RequireRole(Readers)
            .WithName("ShowRequest")
            .WithSummary("One request with its certificates, page by page.")
            .Produces<RequestDetail>();
    }

    private static async Task<IResult> ListAsync(
        CertificateSearch search,
        HttpContext context,
        [Description("Only of this model, such as 3012.")] string? model,
        [Description("Only machine numbers from this one on.")] string? from,
        [Description("Only machine numbers up to this one.")] string? to,
        [Description("Only in this state.")] CertificateState? state,
        [Description("Only those that this factory's terminal asked for.")] string? factory,
        [Description("Only those whose request was received at this moment or later, such as 2026-01-31T00:00:00Z.")] DateTimeOffset? issuedFrom,
        [Description("Only those whose request was received at this moment or earlier.")] DateTimeOffset? issuedTo,
        [Description("Only those whose validity ends at this moment or later.")] DateTimeOffset? expiresFrom,
        [Description("Only those whose validity ends at this moment or earlier.")] DateTimeOffset? expiresTo,
        [Description("next of the page before; only good for the same filters.")] string? cursor,
        [Description("How many at the most: 1 to 1000, 100 by default. For text/csv any number, all by default.")] long? limit)
    {
        var filter = new CertificateFilter(
            model is null ? null : ModelCode.Parse(model),
            from is null ? null : MachineNumber.Parse(from),
            to is null ? null : MachineNumber.Parse(to),
            state,
            factory,
            issuedFrom,
            issuedTo,
            expiresFrom,
            expiresTo);
        if (Wants(context, "application/json", CsvText.MediaType) != CsvText.MediaType)
            return Results.Ok(search.Find(filter, cursor, Limit(limit)));
        if (limit is < 1)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {limit}. Allowed: 1 or more.");
        await CertificateCsv.WriteAsync(context.Response, search, filter, cursor, limit ?? long.MaxValue, context.RequestAborted);
        return Results.Empty;
    }

    private static IResult Show(CertificateLookup lookup, HttpContext context, [Description("The serial number, 40 hexadecimal digits.")] string serial)
    {
        var number = Serial(serial);
        var form = Wants(context, "application/json", Pem, Der);
        if (form == "application/json")
            return Results.Ok(lookup.Find(number));
        var (certificate, chain) = lookup.FindEncoded(number);
        return form == Der
            ? Results.Bytes(certificate, Der, $"{number}.cer")
            : Results.Text(string.Concat(chain.Prepend(certificate).Select(one => PemEncoding.WriteString("CERTIFICATE", one) + "\n")), Pem);
    }

    private static SerialNumber Serial(string text)
    {
        try
        {
            return SerialNumber.Parse(text.ToLowerInvariant());
        }
        catch (FormatException)
        {
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(text)}' is not a serial number. Expected 40 hexadecimal digits without separators.");
        }
    }

    /// <summary>The form of <paramref name="offered"/> that the caller likes most; the first where it does not matter.</summary>
    private static string Wants(HttpContext context, params IReadOnlyList<string> offered)
    {
        var accepted = context.Request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
            return offered[0];
        return accepted.OrderByDescending(one => one.Quality ?? 1).SelectMany(one => offered.Where(form => one.MatchesMediaType(form) && one.Quality != 0)).FirstOrDefault()
            ?? throw new ProvisioningException(ErrorCode.MalformedRequest, $"This comes as {string.Join(" or ", offered)}; Accept asks for something else.");
    }

    private static int Limit(long? limit) => limit switch
    {
        null => DefaultLimit,
        >= 1 and <= MaxLimit => (int)limit.Value,
        _ => throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {limit}. Allowed: 1 to {MaxLimit}."),
    };
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.AdminApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.AdminApi;

/// <summary>What holds for every call of the API: who may, what is on record, and how a refusal reads.</summary>
public sealed class ApiCallTests : IAsyncLifetime
{
    private RunningAuthority _authority = null!;

    public async Task InitializeAsync() => _authority = await RunningAuthority.StartAsync();

    public async Task DisposeAsync() => await _authority.DisposeAsync();

    [Theory]
    [InlineData("api/nothing", HttpStatusCode.NotFound, "NotFound", "There is no /api/nothing here.")]
    [InlineData("api/certificates?limit=many", HttpStatusCode.BadRequest, "MalformedRequest", "limit")]
    [InlineData("api/certificates?limit=1001", HttpStatusCode.BadRequest, "MalformedRequest", "limit is 1001. Allowed: 1 to 1000.")]
    [InlineData("api/certificates?state=Lost", HttpStatusCode.BadRequest, "MalformedRequest", "state")]
    [InlineData("api/certificates?cursor=abc", HttpStatusCode.BadRequest, "MalformedRequest", "The cursor 'abc' is none that this service gave.")]
    [InlineData("api/certificates?from=3012-000009&to=3012-000001", HttpStatusCode.BadRequest, "MalformedRequest", "from (3012-000009) is behind to (3012-000001).")]
    [InlineData("api/certificates/0102", HttpStatusCode.BadRequest, "MalformedRequest", "Expected 40 hexadecimal digits")]
    [InlineData("api/certificates/4c7a1f0e5d3b2a19087f6e5d4c3b2a1908f7e6d5", HttpStatusCode.NotFound, "NotFound", "has made no certificate with the serial number")]
    [InlineData("api/machines/3012-1", HttpStatusCode.BadRequest, "InvalidMachineNumber", "is not a machine number")]
    [InlineData("api/requests/1", HttpStatusCode.BadRequest, "MalformedRequest", "is not a UUID")]
    public async Task WhatDoesNotFit_IsAProblemThatSaysWhich_AndIsOnRecord(string path, HttpStatusCode status, string code, string detail)
    {
        var http = _authority.Http(_authority.Identity("auditor"));
        using var response = await http.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var (actor, outcome) = LastEvent("GET /" + path);
        Assert.Equal(("Auditor auditor", code), (actor, outcome));
    }

    [Fact]
    public async Task WrongMethod_IsAProblemWithTheStatusOfHttp()
    {
        using var response = await _authority.Http(_authority.Identity("administrator")).DeleteAsync("api/certificates");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("NotSupported", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("line-1001")]
    [InlineData("communication-terminal")]
    public async Task OtherParts_AreRefused_AndItIsOnRecord(string part)
    {
        using var response = await _authority.Http(_authority.Identity(part)).GetAsync("api/certificates?model=none");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode); // before the values are looked at
        Assert.Equal("NotAuthorized", LastEvent("GET /api/certificates?model=none").Outcome);
    }

    [Theory]
    [InlineData("API/certificates")]
    [InlineData("Api/Audit")]
    public async Task OtherCaseOfThePath_IsRefusedAndOnRecordAllTheSame(string path)
    {
        using var response = await _authority.Http(_authority.Identity("line-1001")).GetAsync(path);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(("LineStation 1001", "NotAuthorized"), LastEvent("GET /" + path));
    }

    [Fact]
    public async Task CallsThatChangeNothing_AreOnRecordToo()
    {
        var number = RunningAuthority.Numbers("3012", 1, 1).Single();
        await _authority.IssueAsync(RequestId.New(), number);
        var http = _authority.Http(_authority.Identity("administrator"));
        var actions = new[] { "api/signing/check", "api/audit/checkpoints" };
        foreach (var path in actions)
        {
            using var response = await http.PostAsync(path, null);
            Assert.Equal(("Administrator administrator", "Done"), LastEvent("POST /" + path));
        }

        using var look = await http.PostAsJsonAsync("api/revocations", new { machineNumber = number.ToString(), reason = "superseded", dryRun = true });
        Assert.Equal(1, Count("SELECT COUNT(*) FROM audit_event WHERE subject = 'POST /api/revocations'"));
        using var done = await http.PostAsJsonAsync("api/revocations", new { machineNumber = number.ToString(), reason = "superseded" });
        Assert.Equal(1, Count("SELECT COUNT(*) FROM audit_event WHERE subject = 'POST /api/revocations'")); // it stands under the number
        Assert.Equal(1, Count($"SELECT COUNT(*) FROM audit_event WHERE subject = '{number}' AND action = 'Revoked'"));
    }

    [Fact]
    public async Task AnswerThatIsGivenAgain_IsOnRecord()
    {
        var http = _authority.Http(_authority.Identity("administrator"));
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/crl") { Headers = { { "Idempotency-Key", "once" } } };
            using var response = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(1, Count("SELECT COUNT(*) FROM audit_event WHERE actor = 'Administrator administrator' AND action = 'CrlPublished'"));
        Assert.Equal(1, Count("SELECT COUNT(*) FROM audit_event WHERE actor = 'Administrator administrator' AND action = 'PublishCrls'"));
    }

    [Fact]
    public async Task Read_IsOnRecordBeforeItsAnswer()
    {
        var http = _authority.Http(_authority.Identity("operator"));
        using var response = await http.GetAsync("api/certificates?model=3012");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("Operator operator", "Done"), LastEvent("GET /api/certificates?model=3012"));
    }

    [Fact]
    public async Task ManyReadsAtOnce_AreAllOnRecord_InAChainWithoutAGap()
    {
        var gathering = _authority.Services.GetRequiredService<AuditGathering>();
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(number => gathering.AppendAsync("Auditor auditor", "Many", $"read {number}", "Done", string.Empty)));
        var events = _authority.Services.GetRequiredService<Database>().Read(connection => connection.Query<(long Sequence, string Hash)>("SELECT sequence, hash FROM audit_event ORDER BY sequence").ToList());
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(one => one.Sequence));
        Assert.Equal(1200, Count("SELECT COUNT(*) FROM audit_event WHERE action = 'Many'"));
    }

    [Fact]
    public void EveryCall_NamesItsRolesAndItself()
    {
        var calls = _authority.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(one => one.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(calls);
        Assert.All(calls, call =>
        {
            Assert.NotEmpty(call.Metadata.GetMetadata<AllowedRoles>()?.Roles ?? []);
            Assert.NotNull(call.Metadata.GetMetadata<IEndpointNameMetadata>());
        });
    }

    [Fact]
    public async Task SingleResource_HasAnETag_AndIsNotSentAgain()
    {
        var number = RunningAuthority.Numbers("3012", 1, 1).Single();
        await _authority.IssueAsync(RequestId.New(), number);
        var http = _authority.Http(_authority.Identity("operator"));
        var serial = (await http.GetFromJsonAsync<JsonElement>($"api/machines/{number}")).GetProperty("current").GetProperty("serialNumber").GetString();
        using var first = await http.GetAsync($"api/certificates/{serial}");
        using var again = new HttpRequestMessage(HttpMethod.Get, $"api/certificates/{serial}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public void ChangeOfAnOlderVersion_IsRefused()
    {
        var context = new DefaultHttpContext();
        EntityTag.Require(context.Request, new { State = "Approved" });
        context.Request.Headers.IfMatch = EntityTag.Of(new { State = "Proposed" });
        EntityTag.Require(context.Request, new { State = "Proposed" });
        Assert.Equal(ErrorCode.PreconditionFailed, Assert.Throws<ProvisioningException>(() => EntityTag.Require(context.Request, new { State = "Approved" })).Code);
    }

    private (string Actor, string Outcome) LastEvent(string subject) => _authority.Services.GetRequiredService<Database>().Read(connection =>
        connection.QuerySingle<(string, string)>("SELECT actor, outcome FROM audit_event WHERE subject = @subject ORDER BY sequence DESC LIMIT 1", new { subject }));

    private long Count(string sql) => _authority.Services.GetRequiredService<Database>().Read(connection => connection.ExecuteScalar<long>(sql));
}

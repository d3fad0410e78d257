using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.ProductionManagement;

public sealed class PlanEndpointTests : IAsyncLifetime
{
    private RunningProductionManagement _production = null!;

    public async Task InitializeAsync() => _production = await RunningProductionManagement.StartAsync();

    public async Task DisposeAsync() => await _production.DisposeAsync();

    [Fact]
    public async Task Json_HasEveryDayOfTheMonthAndEveryModel()
    {
        using var client = Client(Role.CommunicationTerminal, "factory-1");
        var plan = await client.GetFromJsonAsync<JsonElement>("plan?month=2024-02");
        Assert.Equal("2024-02", plan.GetProperty("month").GetString());
        var days = plan.GetProperty("days").EnumerateArray().ToList();
        Assert.Equal(29 * 5, days.Count);
        Assert.Equal(2120, days.Last(day => day.GetProperty("model").GetString() == "A123").GetProperty("count").GetInt32());
        Assert.Equal("2024-02-29", days[^1].GetProperty("date").GetString());
    }

    [Theory]
    [InlineData("plan?month=2026-11&format=csv", null)]
    [InlineData("plan?month=2026-11", "text/csv")]
    public async Task Csv_IsServedByFormatOrAccept(string path, string? accept)
    {
        using var client = Client(Role.Operator, "operator");
        if (accept is not null)
            client.DefaultRequestHeaders.Accept.ParseAdd(accept);
        var lines = (await client.GetStringAsync(path)).Split("\r\n");
        Assert.Equal("date,model,count,firstSerial,line", lines[0]);
        Assert.Equal("2026-11-01,3012,1000,,", lines[1]);
        Assert.Equal(1 + (30 * 5) + 1, lines.Length);
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("plan?month=2026-13")]
    [InlineData("plan?month=2026-11-01")]
    public async Task BadMonth_IsRefused(string path)
    {
        using var client = Client(Role.CommunicationTerminal, "factory-1");
        using var response = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Station_IsRefused()
    {
        using var client = Client(Role.LineStation, "1001");
        using var response = await client.GetAsync("plan?month=2026-11");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(nameof(ErrorCode.NotAuthorized), (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    private HttpClient Client(Role role, string name) =>
        new(TestPki.Shared.Part(role, name).CreateHandler(peer => peer.Role == Role.ProductionManagement, "production management")) { BaseAddress = _production.Url };
}

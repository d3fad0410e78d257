using System.Text;
using Dapper;
using Microsoft.AspNetCore.Http;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.AdminApi;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.AdminApi;

/// <summary>A key is carried out once: repeated, at the same time, with other content, after a crash, and long ago.</summary>
public sealed class IdempotentAnswersTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Database _database;
    private readonly SettableTime _time = new(new DateTimeOffset(2026, 1, 15, 8, 0, 0, TimeSpan.Zero));
    private readonly IdempotentAnswers _answers;
    private int _carriedOut;

    public IdempotentAnswersTests()
    {
        _database = CertificateAuthorityApp.OpenDatabase(new DataDirectory(_directory.Path));
        _answers = new IdempotentAnswers(_database, _time);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task SameKeyAndContent_GetsTheSameAnswer_AndIsCarriedOutOnce()
    {
        var first = await PostAsync("k1", "{\"a\":1}");
        var second = await PostAsync("k1", "{\"a\":1}");
        Assert.Equal((201, "answer 1", null), first);
        Assert.Equal((201, "answer 1", "true"), second);
        Assert.Equal(1, _carriedOut);
    }

    [Fact]
    public async Task OtherContent_OrOtherCaller_IsAnotherCall()
    {
        await PostAsync("k1", "{\"a\":1}");
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => PostAsync("k1", "{\"a\":2}"));
        Assert.Equal(ErrorCode.RequestIdReused, refused.Code);
        Assert.Equal("answer 2", (await PostAsync("k1", "{\"a\":1}", caller: "Administrator second")).Body);
    }

    [Fact]
    public async Task AtTheSameTime_OneIsCarriedOut_AndTheOthersWaitForItsAnswer()
    {
        var gate = new TaskCompletionSource();
        var calls = Enumerable.Range(0, 20).Select(_ => Task.Run(() => PostAsync("k1", "{}", work: () => gate.Task))).ToList();
        await Task.Delay(100);
        gate.SetResult();
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal("answer 1", answer.Body));
        Assert.Equal(1, _carriedOut);
    }

    [Fact]
    public async Task RefusedCall_FreesItsKey()
    {
        await Assert.ThrowsAsync<ProvisioningException>(() => PostAsync("k1", "{}", work: () => throw new ProvisioningException(ErrorCode.Conflict, "Not now.")));
        Assert.Equal("answer 2", (await PostAsync("k1", "{}")).Body);
    }

    [Fact]
    public async Task CallWhoseEndIsNotKnown_IsNeverCarriedOutAgain()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync("k1", "{}", work: () => throw new InvalidOperationException("the program ends here")));
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => PostAsync("k1", "{}"));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        Assert.Equal(1, _carriedOut);
    }

    [Fact]
    public async Task AnswersAreKeptForADay()
    {
        await PostAsync("k1", "{}");
        _time.Now += TimeSpan.FromHours(25);
        Assert.Equal("answer 2", (await PostAsync("k2", "{}")).Body);
        Assert.Equal(1, _database.Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM api_answer")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("ключ")]
    public async Task KeyOfTheWrongForm_IsRefused(string key) =>
        Assert.Equal(ErrorCode.MalformedRequest, (await Assert.ThrowsAsync<ProvisioningException>(() => PostAsync(key, "{}"))).Code);

    private async Task<(int Status, string Body, string? Replayed)> PostAsync(string key, string body, string caller = "Administrator first", Func<Task>? work = null)
    {
        var context = new DefaultHttpContext();
        var answer = new MemoryStream();
        context.Request.Method = "POST";
        context.Request.Path = "/api/things";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        context.Response.Body = answer;
        await _answers.AnswerAsync(context, caller, key, async called =>
        {
            var number = Interlocked.Increment(ref _carriedOut);
            await (work?.Invoke() ?? Task.CompletedTask);
            called.Response.StatusCode = StatusCodes.Status201Created;
            await called.Response.WriteAsync($"answer {number}");
        });
        return (context.Response.StatusCode, Encoding.UTF8.GetString(answer.ToArray()), context.Response.Headers[IdempotentAnswers.ReplayedHeader]);
    }
}

using System.Net;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

/// <summary>What holds for every page: listener, headers, languages, errors.</summary>
public sealed class FrameTests : IAsyncLifetime
{
    private RunningPages _pages = null!;

    public async Task InitializeAsync() => _pages = await RunningPages.StartAsync();

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [Theory]
    [InlineData("/soap?wsdl")]
    [InlineData("/api/today")]
    [InlineData("/api/units")]
    [InlineData("/health")]
    public async Task WhatStationsAndOperatorsCall_IsNotWhereBrowsersAre(string path)
    {
        using var browser = await _pages.SignInAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(path)).Status);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/assets/app.css")]
    public async Task Pages_AreNotWhereStationsAndOperatorsCall(string path)
    {
        using var identity = TestPki.Shared.Part(Role.Operator, "operator");
        using var http = new HttpClient(identity.CreateHandler(static _ => true, "the terminal")) { BaseAddress = _pages.Parts };
        using var response = await http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/nothing/here")]
    [InlineData("/assets/none.js")]
    public async Task EveryAnswer_CarriesTheSecurityHeadersAndNothingInline(string path)
    {
        using var browser = await _pages.SignInAsync();
        var answer = await browser.GetAsync(path);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-store, no-cache", answer.Headers.CacheControl?.ToString());
        Assert.False(answer.Headers.Contains("Server"));
        Assert.DoesNotMatch(@"<style|<script>|\son\w+=|\sstyle=|<[^>]*https?://", answer.Html); // an address in a text asks for nothing
    }

    [Theory]
    [InlineData("/plan?pull=x")]
    [InlineData("/plan?before=99999999999999999999")]
    [InlineData("/typing?sent=x")]
    [InlineData("/settings?saved=x")]
    [InlineData("/audit?to=9999-12-31")]
    public async Task AddressWithNonsenseInIt_IsNoInternalError(string path)
    {
        using var browser = await _pages.SignInAsync();
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(path)).Status);
    }

    [Fact]
    public async Task UnknownPage_SaysSoInBothLanguages()
    {
        using var english = await _pages.SignInAsync();
        var answer = await english.GetAsync("/nothing");
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Contains("No such page", answer.Text, StringComparison.Ordinal);
        using var japanese = await _pages.SignInAsync(language: "ja-JP,ja;q=0.9,en;q=0.5");
        Assert.Contains("ページがありません", (await japanese.GetAsync("/nothing")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Language_IsChosenAndKept()
    {
        using var browser = await _pages.SignInAsync();
        Assert.Contains("<html lang=\"en\">", (await browser.GetAsync("/")).Html, StringComparison.Ordinal);
        var japanese = await browser.GetAsync("/language/ja?to=%2Fpassword");
        Assert.Equal("/password", japanese.Path);
        Assert.Contains("パスワード変更", japanese.Text, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"ja\">", (await browser.GetAsync("/")).Html, StringComparison.Ordinal);
        Assert.Equal("/", (await browser.GetAsync("/language/xx?to=//evil.example")).Path);
    }

    [Fact]
    public async Task Assets_AreKeptByTheirContent()
    {
        using var browser = _pages.Browser();
        using var response = await browser.Http.GetAsync("/assets/app.css");
        Assert.Equal("text/css", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("immutable", response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Navigation_ShowsWhatTheRoleMayOpen()
    {
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        Assert.Contains("aria-current=\"page\">Today", (await viewer.GetAsync("/")).Html, StringComparison.Ordinal);
    }
}

using System.Net;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

/// <summary>Signing in, being locked, changing the password (P-2).</summary>
public sealed class SignInTests : IAsyncLifetime
{
    private RunningPages _pages = null!;

    public async Task InitializeAsync() => _pages = await RunningPages.StartAsync();

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [Fact]
    public async Task NotSignedIn_IsSentToTheSignInAndBack()
    {
        using var browser = _pages.Browser();
        var asked = await browser.GetAsync("/?x=1");
        Assert.Equal("/sign-in?to=%2F%3Fx%3D1", asked.Path);
        var answer = await browser.SubmitAsync(asked, "sign-in", ("Input.Name", "Manager"), ("Input.Password", RunningPages.Password));
        Assert.Equal((HttpStatusCode.OK, "/?x=1"), (answer.Status, answer.Path));
        Assert.Contains("manager Manager", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\u0001")]
    [InlineData("/計画")]
    public async Task LinkThatLeadsElsewhere_EndsAtTheFirstPage(string to)
    {
        using var browser = _pages.Browser();
        var asked = await browser.GetAsync("/sign-in?to=" + Uri.EscapeDataString(to));
        var answer = await browser.SubmitAsync(asked, "sign-in", ("Input.Name", "manager"), ("Input.Password", RunningPages.Password));
        Assert.Equal(new Uri(_pages.Pages, "/"), answer.Address);
    }

    [Theory]
    [InlineData("/計画")]
    [InlineData("/\u0001")]
    [InlineData("//evil.example/")]
    public async Task LanguageLinkThatLeadsNowhere_EndsAtTheFirstPage(string to)
    {
        using var browser = _pages.Browser();
        Assert.Equal("/sign-in?to=%2F", (await browser.GetAsync("/language/ja?to=" + Uri.EscapeDataString(to))).Path);
    }

    [Fact]
    public async Task WhoIsNotSignedIn_CannotMakeTheTerminalReadMegabytes()
    {
        using var browser = _pages.Browser();
        var answer = await browser.TrySignInAsync("manager", new string('a', 200_000));
        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("ID or password is wrong.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestOfNoPage_KeepsNobodysSessionOpen()
    {
        using var browser = await _pages.SignInAsync();
        using var identity = TestPki.Shared.Part(Role.Operator, "operator");
        using var http = new HttpClient(identity.CreateHandler(static _ => true, "the terminal")) { BaseAddress = _pages.Parts };
        http.DefaultRequestHeaders.Add("Cookie", browser.Cookies.GetCookieHeader(_pages.Pages));
        _pages.Time.Now += TimeSpan.FromMinutes(9);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/today")).StatusCode);
        _pages.Time.Now += TimeSpan.FromMinutes(9);
        Assert.StartsWith("/unlock", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LiveNumbers_KeepNobodysSessionOpen()
    {
        using var browser = await _pages.SignInAsync();
        _pages.Time.Now += TimeSpan.FromMinutes(9);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync("/live?of=nothing")).Status);
        _pages.Time.Now += TimeSpan.FromMinutes(9);
        Assert.StartsWith("/unlock", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manager", "wrong wrong wrong")]
    [InlineData("nobody", RunningPages.Password)]
    [InlineData("", "")]
    public async Task WrongNameOrPassword_GetTheSameWords(string name, string password)
    {
        using var browser = _pages.Browser();
        var answer = await browser.TrySignInAsync(name, password);
        Assert.Contains("ID or password is wrong.", answer.Text, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manager")]
    [InlineData("nobody")]
    public async Task Guessing_IsLockedWithGrowingDelayAlsoAcrossARestart(string name)
    {
        using var browser = _pages.Browser();
        for (var i = 0; i < 5; i++)
            Assert.Contains("ID or password is wrong.", (await browser.TrySignInAsync(name, "wrong wrong wrong")).Text, StringComparison.Ordinal);
        Assert.Contains("Wait 10 seconds", (await browser.TrySignInAsync(name, RunningPages.Password)).Text, StringComparison.Ordinal);
        await _pages.RestartAsync();
        using var later = _pages.Browser();
        Assert.Contains("Wait 10 seconds", (await later.TrySignInAsync(name, RunningPages.Password)).Text, StringComparison.Ordinal);
        _pages.Time.Now += TimeSpan.FromSeconds(11);
        Assert.Contains("ID or password is wrong.", (await later.TrySignInAsync(name, "wrong again and again")).Text, StringComparison.Ordinal);
        Assert.Contains("Wait 20 seconds", (await later.TrySignInAsync(name, "wrong again and again")).Text, StringComparison.Ordinal);
        _pages.Time.Now += TimeSpan.FromSeconds(21);
        if (name == "manager")
            await later.SignInAsync(name, RunningPages.Password);
    }

    [Fact]
    public async Task SignIn_GivesANewTokenAndEndsTheOneBefore()
    {
        using var browser = await _pages.SignInAsync();
        var before = browser.Cookies.GetCookies(_pages.Pages)["__Host-session"]!.Value;
        using var planted = _pages.Browser();
        planted.Cookies.Add(_pages.Pages, new Cookie("__Host-session", before) { Secure = true });
        await planted.SignInAsync("viewer", RunningPages.Password);
        Assert.NotEqual(before, planted.Cookies.GetCookies(_pages.Pages)["__Host-session"]!.Value);
        Assert.StartsWith("/sign-in", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_IsLockedUntilThePasswordIsGiven()
    {
        using var browser = await _pages.SignInAsync(AccountRole.Supervisor);
        _pages.Time.Now += TimeSpan.FromMinutes(9);
        Assert.Equal("/", (await browser.GetAsync("/")).Path);
        _pages.Time.Now += TimeSpan.FromMinutes(11);
        var locked = await browser.GetAsync("/");
        Assert.StartsWith("/unlock", locked.Path, StringComparison.Ordinal);
        Assert.Contains("supervisor", locked.Text, StringComparison.Ordinal);
        Assert.Contains("ID or password is wrong.", (await browser.SubmitAsync(locked, "unlock", ("Input.Password", "wrong wrong"))).Text, StringComparison.Ordinal);
        Assert.Equal("/", (await browser.SubmitAsync(locked, "unlock", ("Input.Password", RunningPages.Password))).Path);
    }

    [Fact]
    public async Task Lock_SignOutAndTheLongestSession_EndIt()
    {
        using var browser = await _pages.SignInAsync();
        Assert.StartsWith("/unlock", (await browser.SubmitAsync("/", "/lock")).Path, StringComparison.Ordinal);
        await browser.SubmitAsync("/unlock", "unlock", ("Input.Password", RunningPages.Password));
        Assert.Equal("/sign-in", (await browser.SubmitAsync("/", "/sign-out")).Path);
        Assert.StartsWith("/sign-in", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
        await browser.SignInAsync("manager", RunningPages.Password);
        for (var hours = 0.0; hours < 12.2; hours += 0.15)
        {
            _pages.Time.Now += TimeSpan.FromHours(0.15);
            await browser.GetAsync("/");
        }

        Assert.StartsWith("/sign-in", (await browser.GetAsync("/")).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PasswordThatSomebodyElseGave_OpensOnlyThePageThatReplacesIt()
    {
        await _pages.AddAccountAsync("newcomer", AccountRole.Viewer, mustChange: true);
        using var browser = _pages.Browser();
        await browser.SignInAsync("newcomer", RunningPages.Password);
        var page = await browser.GetAsync("/");
        Assert.Equal("/password", page.Path);
        foreach (var (replacement, again, said) in new[]
        {
            ("short", "short", "too short"), (RunningPages.Password, RunningPages.Password, "is the current one"), ("newcomer of today", "newcomer of today", "holds the ID"),
            ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "repeats"), ("abcdefghijklmnop", "abcdefghijklmnop", "repeats"), ("three calm otters", "three calm otterz", "differ"),
        })
        {
            Assert.Contains(said, (await ChangeAsync(RunningPages.Password, replacement, again)).Text, StringComparison.Ordinal);
        }

        Assert.Contains("ID or password is wrong.", (await ChangeAsync("wrong wrong", "three calm otters", "three calm otters")).Text, StringComparison.Ordinal);
        Assert.Equal("/", (await ChangeAsync(RunningPages.Password, "three calm otters", "three calm otters")).Path);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        using var other = _pages.Browser();
        await other.SignInAsync("newcomer", "three calm otters");

        Task<PageAnswer> ChangeAsync(string current, string replacement, string again) =>
            browser.SubmitAsync(page, "password", ("Input.Current", current), ("Input.Replacement", replacement), ("Input.Again", again));
    }

    [Fact]
    public async Task FormWithoutItsToken_IsRefused()
    {
        using var browser = await _pages.SignInAsync();
        foreach (var path in new[] { "/sign-out", "/lock", "/password" })
        {
            using var response = await browser.Http.PostAsync(path, new FormUrlEncodedContent([new("_handler", "password")]));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }

        Assert.Equal("/", (await browser.GetAsync("/")).Path);
    }

    [Fact]
    public async Task FormThatWasOpenDuringARestart_CanStillBeSent()
    {
        using var browser = await _pages.SignInAsync();
        var page = await browser.GetAsync("/");
        await _pages.RestartAsync();
        var moved = page with { Address = _pages.Pages };
        Assert.StartsWith("/unlock", (await browser.SubmitAsync(moved, "/lock")).Path, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", string.Concat(Directory.GetFiles(Path.Combine(_pages.Directory, "form-keys")).Select(File.ReadAllText)), StringComparison.Ordinal);
    }
}

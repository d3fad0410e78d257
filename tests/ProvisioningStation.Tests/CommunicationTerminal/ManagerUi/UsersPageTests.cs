using System.Net;
using System.Text.RegularExpressions;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Audit;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

/// <summary>Managers keep the accounts; nobody else sees them.</summary>
public sealed partial class UsersPageTests : IAsyncLifetime
{
    private RunningPages _pages = null!;

    public async Task InitializeAsync() => _pages = await RunningPages.StartAsync();

    public async Task DisposeAsync() => await _pages.DisposeAsync();

    [Fact]
    public async Task NewAccount_SignsInWithThePasswordThatIsShownOnce()
    {
        using var manager = await _pages.SignInAsync();
        var made = await manager.SubmitAsync("/users", "create", ("name", "Sato.Hanako"), ("role", "Supervisor"));
        var password = FirstPassword().Match(made.Html).Groups[1].Value;
        Assert.Matches("^([a-z2-9]{5}-){3}[a-z2-9]{5}$", password);
        Assert.DoesNotContain(password, (await manager.GetAsync("/users")).Html, StringComparison.Ordinal);
        using var sato = _pages.Browser();
        await sato.SignInAsync("sato.hanako", password);
        Assert.Equal("/password", (await sato.GetAsync("/")).Path);
        await sato.SubmitAsync("/password", "password", ("Input.Current", password), ("Input.Replacement", "three calm otters"), ("Input.Again", "three calm otters"));
        Assert.Equal("/", (await sato.GetAsync("/")).Path);
        Assert.Equal(["AccountCreated", "SignedIn", "SignedIn", "PasswordChanged"], Trail("sato.hanako"));
        Assert.DoesNotContain(password, string.Concat(_pages.Get<AuditReader>().ReadBehind(0, 100)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "can't be an ID")]
    [InlineData("<script>alert(1)</script>", "can't be an ID")]
    [InlineData("1st", "can't be an ID")]
    [InlineData("viewer", "already")]
    public async Task NameThatCantBe_IsRefused(string name, string said)
    {
        using var manager = await _pages.SignInAsync();
        var answer = await manager.SubmitAsync("/users", "create", ("name", name), ("role", "Viewer"));
        Assert.Contains(said, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", answer.Html, StringComparison.Ordinal);
        Assert.Equal(3, _pages.Get<AccountBook>().All().Count);
    }

    [Fact]
    public async Task RoleTakenAway_EndsTheSession()
    {
        await _pages.AddAccountAsync("second", AccountRole.Manager);
        using var manager = await _pages.SignInAsync();
        using var second = _pages.Browser();
        await second.SignInAsync("second", RunningPages.Password);
        await manager.SubmitAsync("/users", "role-second", ("role", "Viewer"));
        Assert.StartsWith("/sign-in", (await second.GetAsync("/users")).Path, StringComparison.Ordinal);
        await second.SignInAsync("second", RunningPages.Password);
        Assert.Equal(HttpStatusCode.Forbidden, (await second.GetAsync("/users")).Status);
        Assert.Equal(["SignedIn", "RoleChanged", "SignedIn"], Trail("second"));
    }

    [Fact]
    public async Task Disabled_CantSignInUntilEnabledAgain()
    {
        using var manager = await _pages.SignInAsync();
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        await manager.SubmitAsync("/users", "disable-viewer");
        Assert.StartsWith("/sign-in", (await viewer.GetAsync("/")).Path, StringComparison.Ordinal);
        Assert.Contains("ID or password is wrong.", (await viewer.TrySignInAsync("viewer", RunningPages.Password)).Text, StringComparison.Ordinal);
        await manager.SubmitAsync("/users", "disable-viewer");
        await viewer.SignInAsync("viewer", RunningPages.Password);
    }

    [Theory]
    [InlineData("role-manager", "Viewer")]
    [InlineData("disable-manager", "")]
    public async Task LastManager_Stays(string form, string role)
    {
        using var manager = await _pages.SignInAsync();
        var answer = await manager.SubmitAsync("/users", form, ("role", role));
        Assert.Contains("last manager", answer.Text, StringComparison.Ordinal);
        Assert.Equal((AccountRole.Manager, false), _pages.Get<AccountBook>().All().Where(account => account.Name == "manager").Select(account => (account.Role, account.Disabled)).Single());
        Assert.Equal(HttpStatusCode.OK, (await manager.GetAsync("/users")).Status);
    }

    [Fact]
    public async Task ResetPassword_EndsSessionsAndTheLockOut()
    {
        using var manager = await _pages.SignInAsync();
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        using var guesser = _pages.Browser();
        for (var i = 0; i < 5; i++)
            await guesser.TrySignInAsync("viewer", "wrong wrong wrong");
        var made = await manager.SubmitAsync("/users", "reset-viewer");
        Assert.StartsWith("/sign-in", (await viewer.GetAsync("/")).Path, StringComparison.Ordinal);
        await viewer.SignInAsync("viewer", FirstPassword().Match(made.Html).Groups[1].Value);
        Assert.Equal("/password", (await viewer.GetAsync("/")).Path);
    }

    [Theory]
    [InlineData("Viewer")]
    [InlineData("Supervisor")]
    public async Task OtherRoles_MayNotLook(string role)
    {
        using var browser = await _pages.SignInAsync(Enum.Parse<AccountRole>(role));
        var answer = await browser.GetAsync("/users");
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("Not allowed", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/users", (await browser.GetAsync("/")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_ShowTheRulesAndKeepTheLanguage()
    {
        using var viewer = await _pages.SignInAsync(AccountRole.Viewer);
        var page = await viewer.GetAsync("/settings");
        Assert.Contains("Accounts:MinPasswordLength 12", page.Text, StringComparison.Ordinal);
        Assert.Contains("StationApi:MaxAttempts", page.Text, StringComparison.Ordinal);
        var saved = await viewer.SubmitAsync("/settings", "own", ("language", "ja"));
        Assert.Contains("保存しました", saved.Text, StringComparison.Ordinal);
        using var elsewhere = await _pages.SignInAsync(AccountRole.Viewer);
        Assert.Contains("<html lang=\"ja\">", (await elsewhere.GetAsync("/")).Html, StringComparison.Ordinal);
    }

    private List<string> Trail(string account) =>
        _pages.Get<AuditReader>().ReadBehind(0, 1000).Where(entry => entry.Subject == account).Select(entry => entry.Action).ToList();

    [GeneratedRegex("first-password\">([^<]*)<")]
    private static partial Regex FirstPassword();
}

using System.Net;
using System.Text.RegularExpressions;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Factory;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>The terminal dies while somebody signs in: a guess is never free, and whoever knows the password gets in afterwards.</summary>
public sealed partial class SignInKillTests
{
    [Fact]
    public async Task TerminalThatDiesAtEveryGuess_LocksAllTheSame()
    {
        await using var factory = TestFactory.Prepare((file, text) => file == "communication-terminal.json"
            ? text.Replace("\"ManagerListen\"", "\"Accounts\": { \"FreeAttempts\": 2, \"FirstDelay\": \"00:00:30\" }, \"ManagerListen\"", StringComparison.Ordinal)
            : text);
        await factory.SetUpAsync();
        await using var floor = FactoryFloor.Open(factory.Layout);
        var pages = LineConfiguration.ReadListenAddress(factory.Layout.ConfigurationFile("communication-terminal"), "ManagerListen");
        for (var guess = 0; guess < 3; guess++)
        {
            var order = new KillOrder(factory.Directory, CommunicationTerminalKillPoints.AfterSignInCounted);
            await floor.Terminal.RestartAsync(order.Environment);
            await floor.Terminal.WaitUntilHealthyAsync(CancellationToken.None);
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => SignInAsync(pages, "wrong wrong wrong"));
            await order.AssertCarriedOutAsync(floor.Terminal.Process!);
        }

        await floor.Terminal.RestartAsync();
        await floor.Terminal.WaitUntilHealthyAsync(CancellationToken.None);
        var password = (await File.ReadAllTextAsync(factory.Layout.ManagerPassword)).Trim();
        Assert.Contains("Too many wrong passwords", await SignInAsync(pages, password), StringComparison.Ordinal);
        await Wait.UntilAsync("the end of the lock-out", async () => (await SignInAsync(pages, password)).Length == 0);
    }

    /// <summary>What the sign-in page said; empty where it let the browser in.</summary>
    private static async Task<string> SignInAsync(Uri pages, string password)
    {
        using var handler = TlsIdentity.CreateUnauthenticatedHandler();
        handler.UseCookies = true;
        handler.CookieContainer = new CookieContainer();
        using var http = new HttpClient(handler) { BaseAddress = pages };
        http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var form = await http.GetStringAsync("/sign-in");
        using var answer = await http.PostAsync("/sign-in", new FormUrlEncodedContent(
        [
            new("_handler", "sign-in"), new("__RequestVerificationToken", Token().Match(form).Groups[1].Value), new("Input.Name", "manager"), new("Input.Password", password),
        ]));
        return answer.StatusCode == HttpStatusCode.Redirect ? string.Empty : await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]*)\"")]
    private static partial Regex Token();
}

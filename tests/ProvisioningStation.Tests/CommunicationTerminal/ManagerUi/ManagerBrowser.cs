using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;

/// <summary>What a page answered: status, text, and where it is (after redirects).</summary>
internal sealed record PageAnswer(HttpStatusCode Status, string Html, Uri Address, HttpResponseHeaders Headers)
{
    public string Path => Address.PathAndQuery;

    /// <summary>What a reader sees: without tags, entities as characters, blanks as one.</summary>
    public string Text => Regex.Replace(WebUtility.HtmlDecode(Regex.Replace(Html, "<[^>]*>", " ")), @"\s+", " ");
}

/// <summary>A browser without scripts: keeps cookies, follows redirects, sends the forms that it was given.</summary>
internal sealed partial class ManagerBrowser : IDisposable
{
    private readonly HttpClient _http;

    public ManagerBrowser(Uri address, string language)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(TestPki.Shared.Root);
        _http = new HttpClient(new SocketsHttpHandler
        {
            CookieContainer = Cookies,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
        }) { BaseAddress = address };
        _http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>The client, for what is no page.</summary>
    public HttpClient Http => _http;

    public Task<PageAnswer> GetAsync(string path) => FollowAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Fills in and sends the form of this name, or of this action where it has none, on the page at <paramref name="path"/>; fields that are not given keep what the page says.</summary>
    public async Task<PageAnswer> SubmitAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var page = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        return await SubmitAsync(page, form, fields);
    }

    /// <summary>Sends a form of a page that was read before.</summary>
    public Task<PageAnswer> SubmitAsync(PageAnswer page, string form, params (string Name, string Value)[] fields)
    {
        var (action, values) = ReadForm(page, form);
        foreach (var (name, value) in fields)
        {
            values.RemoveAll(known => known.Key == name);
            values.Add(new(name, value));
        }

        return FollowAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(page.Address, action)) { Content = new FormUrlEncodedContent(values) });
    }

    /// <summary>Signs in and expects to be let in.</summary>
    public async Task SignInAsync(string name, string password)
    {
        var answer = await TrySignInAsync(name, password);
        Assert.DoesNotContain("/sign-in", answer.Path, StringComparison.Ordinal);
    }

    public Task<PageAnswer> TrySignInAsync(string name, string password) => SubmitAsync("/sign-in", "sign-in", ("Input.Name", name), ("Input.Password", password));

    public void Dispose() => _http.Dispose();

    private static (string Action, List<KeyValuePair<string, string>> Values) ReadForm(PageAnswer page, string form)
    {
        var found = Forms().Matches(page.Html).FirstOrDefault(match =>
            match.Groups["body"].Value.Contains($"name=\"_handler\" value=\"{form}\"", StringComparison.Ordinal) || Attribute(match.Groups["head"].Value, "action") == form);
        Assert.True(found is not null, $"no form {form} on {page.Path}: {page.Text}");
        var values = Inputs().Matches(found.Groups["body"].Value)
            .Select(input => input.Value)
            .Where(input => Attribute(input, "name") is not null && (Attribute(input, "type") is not ("checkbox" or "radio") || input.Contains(" checked", StringComparison.Ordinal)))
            .Select(input => new KeyValuePair<string, string>(Attribute(input, "name")!, Attribute(input, "value") ?? string.Empty))
            .ToList();
        return (Attribute(found.Groups["head"].Value, "action") ?? page.Path, values);
    }

    private static string? Attribute(string tag, string name) =>
        Regex.Match(tag, $"\\b{name}=\"([^\"]*)\"") is { Success: true } match ? WebUtility.HtmlDecode(match.Groups[1].Value) : null;

    private async Task<PageAnswer> FollowAsync(HttpRequestMessage request)
    {
        for (var hop = 0; hop < 5; hop++)
        {
            using var response = await _http.SendAsync(request);
            var address = response.RequestMessage!.RequestUri!;
            if (response.Headers.Location is not { } next)
                return new PageAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), address, response.Headers);
            request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, next));
        }

        throw new InvalidOperationException("The pages send the browser in a circle.");
    }

    [GeneratedRegex("<form(?<head>[^>]*)>(?<body>.*?)</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex Inputs();
}

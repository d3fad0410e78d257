using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Xunit;

namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>The plant manager at the terminal's pages, signed in with the password that the set-up made and changed at once, without a browser's help.</summary>
public sealed partial class ManagerDesk : IDisposable
{
    private readonly HttpClient _http;
    private readonly X509Certificate2 _root;

    private ManagerDesk(TestFactory factory)
    {
        _root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(factory.Layout.CommunicationTerminal, "root.pem"));
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(_root);
        var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer() };
        handler.SslOptions.CertificateChainPolicy = trust;
        _http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{factory.FirstPort + 3}") }; // 7444 as shipped
    }

    /// <summary>Signs in.</summary>
    public static async Task<ManagerDesk> OpenAsync(TestFactory factory)
    {
        var desk = new ManagerDesk(factory);
        var password = (await File.ReadAllLinesAsync(factory.Layout.ManagerPassword))[0];
        var page = await desk.SubmitAsync("/sign-in", "sign-in", ("Input.Name", "manager"), ("Input.Password", password));
        if (page.Contains("Input.Replacement", StringComparison.Ordinal))
            await desk.SubmitAsync("/password", "password", ("Input.Current", password), ("Input.Replacement", "seven brave foxes"), ("Input.Again", "seven brave foxes"));
        return desk;
    }

    /// <summary>A page's HTML.</summary>
    public Task<string> GetAsync(string path) => _http.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>Fills in the form of this name on the page at <paramref name="path"/> and sends it; gives the page that answers.</summary>
    public async Task<string> SubmitAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var html = await GetAsync(path);
        var found = Forms().Matches(html).Select(match => match.Value).FirstOrDefault(one => one.Contains($"name=\"_handler\" value=\"{form}\"", StringComparison.Ordinal));
        Assert.True(found is not null, $"no form {form} at {path}: {html}");
        var values = Hidden().Matches(found).Select(match => (match.Groups["name"].Value, WebUtility.HtmlDecode(match.Groups["value"].Value))).Concat(fields.Select(field => (field.Name, field.Value)))
            .ToDictionary(field => field.Item1, field => field.Item2, StringComparer.Ordinal);
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), new FormUrlEncodedContent(values));
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, answer);
        return answer;
    }

    public void Dispose()
    {
        _http.Dispose();
        _root.Dispose();
    }

    [GeneratedRegex("<form[^>]*>.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]*)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Hidden();
}

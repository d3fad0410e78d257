using ProvisioningStation.Tests.CommunicationTerminal.ManagerUi;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Today;

/// <summary>A browser's end of <c>GET /live</c>.</summary>
internal sealed class LiveStream : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private LiveStream(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    public static async Task<LiveStream> OpenAsync(ManagerBrowser browser, string of = "today")
    {
        var response = await browser.Http.GetAsync("/live?of=" + of, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new LiveStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; comments and the time to come back are left out. Null at the end of the stream.</summary>
    public async Task<(string? Event, string Data)> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        string? name = null;
        var data = new List<string>();
        while (await _reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Length == 0 && name is not null)
                return (name, string.Join('\n', data));
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line["event: ".Length..];
            else if (line.StartsWith("data:", StringComparison.Ordinal))
                data.Add(line["data:".Length..].TrimStart(' '));
        }

        return (null, string.Empty);
    }

    public async Task<string> ShownAsync()
    {
        var (name, data) = await NextAsync();
        Assert.Equal("show", name);
        return data;
    }

    /// <summary>The terminal says that it is over, and closes.</summary>
    public async Task EndsAsync()
    {
        string? name;
        do
            (name, _) = await NextAsync();
        while (name == "show");
        Assert.Equal("end", name);
        Assert.Null((await NextAsync()).Event);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}

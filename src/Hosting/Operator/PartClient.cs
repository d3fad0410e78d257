using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Hosting.Operator;

/// <summary>
/// JSON over mutual TLS with one part. What the part refuses comes as <see cref="ProvisioningException"/> with the code of its problem document; a part that does not answer is
/// <see cref="ErrorCode.Unreachable"/>. Every POST carries an Idempotency-Key of its own, so that a connection that breaks behind it can be asked again without doing it twice.
/// </summary>
public sealed class PartClient : IDisposable
{
    private const int Attempts = 2;

    private readonly HttpClient _http;
    private readonly HttpClient _uploads;
    private readonly string _who;

    /// <summary>A client of the part at <paramref name="address"/>, which must be of one of <paramref name="role"/>; <paramref name="patience"/> bounds the wait for the head of an answer.</summary>
    public PartClient(Uri address, TlsIdentity identity, TimeSpan patience, params Role[] role)
        : this(address, identity, patience, NetworkPort.Any, role)
    {
    }

    /// <summary>A client of the part at <paramref name="address"/> behind one network port.</summary>
    public PartClient(Uri address, TlsIdentity identity, TimeSpan patience, NetworkPort port, params Role[] role)
        : this(address, identity.CreateHandler(peer => role.Contains(peer.Role), string.Join(" or ", role)), patience, port, string.Join(" or ", role))
    {
    }

    private PartClient(Uri address, SocketsHttpHandler handler, TimeSpan patience, NetworkPort port, string who)
    {
        _who = who;
        port.Bind(handler);
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = patience };
        _uploads = new HttpClient(handler, disposeHandler: false) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Where the part is.</summary>
    public Uri Address => _http.BaseAddress!;

    /// <summary>A client of a board that has no certificate yet, behind one network port.</summary>
    public static PartClient OfBlankBoard(Uri address, TimeSpan patience, NetworkPort port) => new(address, TlsIdentity.CreateUnauthenticatedHandler(), patience, port, "the board");

    /// <summary>GET <paramref name="path"/> (relative, values escaped: see <see cref="ApiPath"/>).</summary>
    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => (await GetTaggedAsync<T>(path, cancellationToken)).Value;

    /// <summary>GET with the ETag of the answer, for a later <c>If-Match</c>.</summary>
    public Task<(T Value, string? ETag)> GetTaggedAsync<T>(string path, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, path, null, null, ReadAsync<T>, cancellationToken);

    /// <summary>Every item of a list, page by page, from the first page on.</summary>
    public async IAsyncEnumerable<T> GetPagesAsync<T>(ApiPath path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await GetAsync<Page<T>>(path.With("cursor", cursor).ToString(), cancellationToken);
            foreach (var item in page.Items)
                yield return item;
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>POST; <paramref name="body"/> null sends none.</summary>
    public async Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken, string? ifMatch = null) =>
        (await AskAsync(HttpMethod.Post, path, body, ifMatch, ReadAsync<T>, cancellationToken)).Value;

    /// <summary>POST of something that is not JSON, such as a signed message.</summary>
    public async Task<T> UploadAsync<T>(string path, byte[] content, string mediaType, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Post, path, new Upload(content, mediaType), null, ReadAsync<T>, cancellationToken)).Value;

    /// <summary>POST of a file as it is read, however long it is and takes.</summary>
    public async Task<T> UploadFileAsync<T>(string path, string file, string mediaType, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Post, path, new FileUpload(file, mediaType), null, ReadAsync<T>, cancellationToken)).Value;

    /// <summary>PUT.</summary>
    public async Task<T> PutAsync<T>(string path, object body, CancellationToken cancellationToken, string? ifMatch = null) =>
        (await AskAsync(HttpMethod.Put, path, body, ifMatch, ReadAsync<T>, cancellationToken)).Value;

    /// <summary>DELETE, for answers without content.</summary>
    public Task DeleteAsync(string path, CancellationToken cancellationToken, string? ifMatch = null) =>
        AskAsync(HttpMethod.Delete, path, null, ifMatch, static (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>GET in another form than JSON, such as <c>text/csv</c>, written to <paramref name="target"/> as it arrives.</summary>
    public Task DownloadAsync(string path, string mediaType, Stream target, CancellationToken cancellationToken) => AskAsync(
        HttpMethod.Get,
        path,
        null,
        null,
        async (response, stop) =>
        {
            await response.Content.CopyToAsync(target, stop);
            return true;
        },
        cancellationToken,
        mediaType);

    /// <inheritdoc/>
    public void Dispose()
    {
        _uploads.Dispose();
        _http.Dispose();
    }

    private static async Task<(T Value, string? ETag)> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken) =>
        ((await response.Content.ReadFromJsonAsync<T>(JsonForm.Options, cancellationToken))!, response.Headers.ETag?.ToString());

    private async Task<T> AskAsync<T>(
        HttpMethod method, string path, object? body, string? ifMatch, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken, string? mediaType = null)
    {
        var key = method == HttpMethod.Post ? Guid.CreateVersion7().ToString("D") : null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path);
                if (body is Upload upload)
                    request.Content = new ByteArrayContent(upload.Content) { Headers = { ContentType = new MediaTypeHeaderValue(upload.MediaType) } };
                else if (body is FileUpload file)
                    request.Content = new StreamContent(File.OpenRead(file.File)) { Headers = { ContentType = new MediaTypeHeaderValue(file.MediaType) } };
                else if (body is not null)
                    request.Content = JsonContent.Create(body, body.GetType(), options: JsonForm.Options);
                if (key is not null)
                    request.Headers.Add("Idempotency-Key", key);
                if (ifMatch is not null)
                    request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(ifMatch));
                if (mediaType is not null)
                    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(mediaType));
                using var response = await (body is FileUpload ? _uploads : _http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (!response.IsSuccessStatusCode)
                    throw await ReadProblemAsync(response, cancellationToken);
                return await read(response, cancellationToken);
            }
            catch (HttpRequestException cause) when (attempt < Attempts && key is not null && cause.HttpRequestError is HttpRequestError.ResponseEnded)
            {
                // The part may have carried it out: the same key gives the same answer.
            }
            catch (JsonException cause)
            {
                throw new ProvisioningException(ErrorCode.Internal, $"{_who} at {Address} answered something that is not of the expected form: {Printable.Shorten(cause.Message, 200)}", cause);
            }
            catch (Exception cause) when (!cancellationToken.IsCancellationRequested && cause is HttpRequestException or IOException or OperationCanceledException)
            {
                var reason = cause is OperationCanceledException ? "no answer in time" : Printable.Shorten(cause.GetBaseException().Message, 200).TrimEnd('.');
                throw new ProvisioningException(ErrorCode.Unreachable, $"{_who} at {Address} can't be reached: {reason}. See whether it runs, and whether that is its address.", cause);
            }
        }
    }

    private async Task<ProvisioningException> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            var code = Enum.TryParse<ErrorCode>(problem.GetProperty("code").GetString(), out var known) ? known : ErrorCode.Internal;
            return new ProvisioningException(code, problem.GetProperty("detail").GetString() ?? $"{_who} answered {(int)response.StatusCode}.");
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new ProvisioningException(ErrorCode.Internal, $"{_who} answered {(int)response.StatusCode} {response.ReasonPhrase}.", cause);
        }
    }

    private sealed record Upload(byte[] Content, string MediaType);

    private sealed record FileUpload(string File, string MediaType);
}

using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Hosting.Soap;

/// <summary>
/// The client side of SOAP. A peer that can't be reached, or breaks off, is <paramref name="unavailable"/>; a fault is the code it carries; a server that is not the one wanted
/// is what the handler's check says. The address and the time limit are the <paramref name="http"/> client's.
/// </summary>
public sealed class SoapClient(HttpClient http, ErrorCode unavailable)
{
    private const int MaxBufferedBytes = 1024 * 1024;
    private const long MaxStreamedCharacters = 256L * 1024 * 1024;

    private static readonly MediaTypeHeaderValue ContentType = MediaTypeHeaderValue.Parse(SoapEnvelope.ContentType);

    /// <summary>Calls an operation and reads its whole answer.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(TRequest request, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
        where TResponse : ISoapMessage<TResponse>
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(http.Timeout); // the client's own limit ends with the headers; this one is for the whole call
        return await SendAsync(
            request,
            async response =>
            {
                await response.Content.LoadIntoBufferAsync(MaxBufferedBytes, limit.Token);
                using var body = await response.Content.ReadAsStreamAsync(limit.Token);
                return SoapEnvelope.Read(body, MaxBufferedBytes, (name, reader) => Expect(name, TResponse.Schema.Name, () => TResponse.Read(reader)));
            },
            limit.Token,
            cancellationToken);
    }

    /// <summary>Calls an operation and reads its answer piece by piece while it arrives, on a thread of its own: <paramref name="readResponse"/> may block.</summary>
    public Task<T> CallAsync<TRequest, T>(TRequest request, string responseName, Func<SoapReader, T> readResponse, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest> => SendAsync(
            request,
            async response =>
            {
                await using var cancelling = cancellationToken.Register(response.Dispose); // ends a read that blocks
                using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                return await Task.Factory.StartNew(
                    () => SoapEnvelope.Read(body, MaxStreamedCharacters, (name, reader) => Expect(name, responseName, () => readResponse(reader))),
                    cancellationToken,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default);
            },
            cancellationToken,
            cancellationToken);

    private static T Expect<T>(string found, string wanted, Func<T> read) =>
        found == wanted ? read() : throw new ProvisioningException(ErrorCode.MalformedRequest, $"The answer is a {Printable.Shorten(found)}, expected {wanted}.");

    private async Task<T> SendAsync<TRequest, T>(TRequest request, Func<HttpResponseMessage, Task<T>> readAsync, CancellationToken limit, CancellationToken cancellationToken)
        where TRequest : ISoapMessage<TRequest>
    {
        using var content = new ByteArrayContent(SoapEnvelope.ToBytes(TRequest.Schema.Name, request));
        content.Headers.ContentType = ContentType;
        using var message = new HttpRequestMessage(HttpMethod.Post, "soap") { Content = content };
        message.Headers.Add("SOAPAction", $"\"{SoapEnvelope.Namespace}#{TRequest.Schema.Name}\"");
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit);
            return await readAsync(response);
        }
        catch (Exception cause) when (Root(cause) is ProvisioningException refused)
        {
            ExceptionDispatchInfo.Throw(refused);
            throw;
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested && cause is HttpRequestException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            throw new ProvisioningException(unavailable, $"{http.BaseAddress} {Describe(cause)}", cause);
        }
    }

    private static string Describe(Exception cause) => (cause as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.ConfigurationLimitExceeded => "does not stop answering: its answer is longer than any that is expected.",
        HttpRequestError.InvalidResponse => "does not answer in HTTP.",
        HttpRequestError.ResponseEnded => "broke off its answer.",
        _ when cause is OperationCanceledException => "can't be reached: no answer in time.",
        _ => $"can't be reached: {Printable.Shorten(Root(cause).Message, 200)}",
    };

    private static Exception Root(Exception cause)
    {
        while (cause is not ProvisioningException && cause.InnerException is { } inner)
            cause = inner;
        return cause;
    }
}

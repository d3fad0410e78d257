using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.AdminApi;

/// <summary>
/// The answers of changing calls by their <c>Idempotency-Key</c> (table <c>api_answer</c>): the same key with the same content gets the same answer and changes nothing twice. The key is
/// stored before the call is carried out; where the program dies in between, the caller is told that the end is not known instead of having it done again. A call that was refused has
/// changed nothing, so its key is free again.
/// </summary>
internal sealed class IdempotentAnswers(Database database, TimeProvider time)
{
    public const string Header = "Idempotency-Key";

    /// <summary>Set on an answer that was given before.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    private const int MaxKeyLength = 100;
    private const int MaxContentLength = 1024 * 1024;
    private const int Pending = 0;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<(string Caller, string Key), SemaphoreSlim> _underWay = new();

    /// <summary>Answers from the store, or carries the call out with <paramref name="next"/> and stores its answer. A second call with the key waits for the first.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.RequestIdReused"/> for other content, <see cref="ErrorCode.Conflict"/> where the first call's end is not known.</exception>
    public async Task AnswerAsync(HttpContext context, string caller, string key, RequestDelegate next)
    {
        if (key is not { Length: > 0 and <= MaxKeyLength } || !key.All(c => c is > ' ' and <= '~'))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"{Header} has to be 1 to {MaxKeyLength} printable characters without blanks, such as a UUID.");
        var digest = await DigestAsync(context.Request);
        while (true)
        {
            var mine = new SemaphoreSlim(0, 1);
            var turn = _underWay.GetOrAdd((caller, key), mine);
            if (turn != mine)
            {
                await turn.WaitAsync(context.RequestAborted);
                turn.Release(); // for the others who wait
                continue;
            }

            try
            {
                await InTurnAsync(context, caller, key, digest, next);
                return;
            }
            finally
            {
                _underWay.TryRemove((caller, key), out _);
                mine.Release();
            }
        }
    }

    private async Task InTurnAsync(HttpContext context, string caller, string key, string digest, RequestDelegate next)
    {
        if (Find(caller, key) is { } earlier)
        {
            if (earlier.ContentSha256 != digest)
                throw new ProvisioningException(ErrorCode.RequestIdReused, $"This {Header} came with another call before. Every call needs a key of its own.");
            await ReplayAsync(context, earlier);
            return;
        }

        await BeginAsync(caller, key, digest);
        context.RequestAborted = CancellationToken.None; // once begun it is carried out, so that its end is known
        var (body, buffer) = (context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), new MemoryStream());
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(buffer));
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
        catch (Exception cause) when (cause is ProvisioningException or BadHttpRequestException)
        {
            await ForgetAsync(caller, key);
            throw;
        }
        finally
        {
            context.Features.Set(body);
        }

        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            await ForgetAsync(caller, key);
        else if (buffer.Length <= MaxContentLength)
            await StoreAsync(caller, key, context.Response, buffer.ToArray());
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), CancellationToken.None);
    }

    private static async Task ReplayAsync(HttpContext context, AnswerRow row)
    {
        if (row.Status == Pending)
            throw new ProvisioningException(ErrorCode.Conflict, $"A call with this {Header} was begun and its end is not known (the service was ended, or its answer was too large to be kept). Look at the state before you repeat it with another key.");
        var answer = JsonSerializer.Deserialize<StoredAnswer>(row.Content, JsonForm.Options)!;
        context.Response.StatusCode = (int)row.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.Headers.ETag = answer.ETag;
        context.Response.Headers.Location = answer.Location;
        context.Response.Headers[ReplayedHeader] = "true";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    private static async Task<string> DigestAsync(HttpRequest request)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted); // as large as the endpoint allows
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Path}{request.QueryString}\n{request.Headers.IfMatch}\n"));
        hash.AppendData(body.GetBuffer().AsSpan(0, (int)body.Length));
        body.Position = 0;
        request.Body = body;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private AnswerRow? Find(string caller, string key) => database.Read(connection => connection.QuerySingleOrDefault<AnswerRow>(
        "SELECT content_sha256 AS ContentSha256, status AS Status, content AS Content FROM api_answer WHERE caller = @caller AND idempotency_key = @key AND stored_at >= @oldest",
        new { caller, key, oldest = UtcText.Of(time.GetUtcNow() - MaxAge) }));

    private Task BeginAsync(string caller, string key, string digest) => database.WriteAsync(
        (connection, transaction) =>
        {
            var now = time.GetUtcNow();
            connection.Execute("DELETE FROM api_answer WHERE stored_at < @oldest", new { oldest = UtcText.Of(now - MaxAge) }, transaction);
            connection.Execute(
                "INSERT INTO api_answer (caller, idempotency_key, content_sha256, status, content, stored_at) VALUES (@caller, @key, @digest, @Pending, @content, @now)",
                new { caller, key, digest, Pending, content = Array.Empty<byte>(), now = UtcText.Of(now) },
                transaction);
        },
        CancellationToken.None);

    private Task<int> StoreAsync(string caller, string key, HttpResponse response, byte[] body)
    {
        var answer = new StoredAnswer(response.ContentType, response.Headers.ETag, response.Headers.Location, body);
        return database.WriteAsync(
            (connection, transaction) => connection.Execute(
                "UPDATE api_answer SET status = @StatusCode, content = @content WHERE caller = @caller AND idempotency_key = @key AND status = @Pending",
                new { response.StatusCode, content = JsonSerializer.SerializeToUtf8Bytes(answer, JsonForm.Options), caller, key, Pending },
                transaction),
            CancellationToken.None);
    }

    private Task<int> ForgetAsync(string caller, string key) => database.WriteAsync(
        (connection, transaction) => connection.Execute("DELETE FROM api_answer WHERE caller = @caller AND idempotency_key = @key AND status = @Pending", new { caller, key, Pending }, transaction),
        CancellationToken.None);

    private sealed record AnswerRow(string ContentSha256, long Status, byte[] Content);

    private sealed record StoredAnswer(string? ContentType, string? ETag, string? Location, byte[] Body);
}

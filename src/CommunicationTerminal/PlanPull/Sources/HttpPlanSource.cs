using System.Net.Http.Headers;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Asks the production management system. <paramref name="http"/> presents our certificate, takes only that system's, and neither waits nor reads without end.</summary>
internal sealed class HttpPlanSource(HttpClient http, PlanPullOptions options) : IPlanSource
{
    /// <inheritdoc/>
    public string Place => options.Url.ToString();

    /// <inheritdoc/>
    public async Task<PlanReading> ReadAsync(PlanMonth month, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{options.Url}?month={month}"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(options.Format == PlanFormat.Csv ? PlanReader.Csv : PlanReader.Json));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new ProvisioningException(ErrorCode.PlanUnavailable, $"{options.Url} answered {(int)response.StatusCode} {Printable.Shorten(response.ReasonPhrase)}.");
            var content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return PlanReader.Read(content, response.Content.Headers.ContentType, month, options.Encoding);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested && cause is HttpRequestException or IOException or OperationCanceledException)
        {
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded })
                throw new ProvisioningException(ErrorCode.InvalidPlan, $"The plan is longer than {PlanReader.MaxBytes} bytes.", cause);
            var reason = cause is OperationCanceledException ? "no answer in time" : Printable.Shorten(cause.GetBaseException().Message, 200);
            throw new ProvisioningException(ErrorCode.PlanUnavailable, $"{options.Url} can't be reached: {reason}", cause);
        }
    }
}

namespace ProvisioningStation.Hosting;

/// <summary>One condition without which a program can't do its work, looked at when somebody asks (<c>GET /health/ready</c>). Registered as services.</summary>
/// <param name="Condition">Its name.</param>
/// <param name="FindProblemAsync">What is wrong, for people; null where it holds.</param>
public sealed record ReadinessCheck(string Condition, Func<CancellationToken, Task<string?>> FindProblemAsync);

/// <summary>The answer of <c>GET /health/ready</c>.</summary>
/// <param name="Status"><c>ready</c>, or <c>not ready</c> (HTTP 503).</param>
/// <param name="Problems">What is wrong, by condition.</param>
public sealed record ReadinessAnswer(string Status, IReadOnlyDictionary<string, string> Problems);

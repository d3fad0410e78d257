using System.ComponentModel.DataAnnotations;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.ManagementCenter;

namespace ProvisioningStation.Gateway.Center;

/// <summary>Section <c>Center</c>: the management center, where there is one.</summary>
internal sealed record CenterOptions : IValidatableObject
{
    /// <summary>Its address, without <c>/soap</c>; null where nobody looks after this gateway's devices from outside.</summary>
    public Uri? Address { get; init; }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && (!Address.IsAbsoluteUri || Address.Scheme != Uri.UriSchemeHttps || !Address.AbsolutePath.EndsWith('/')))
            yield return new ValidationResult("Allowed: an https address; a path ends with a slash.", [nameof(Address)]);
        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromMinutes(10))
            yield return new ValidationResult("Allowed: 00:00:01 to 00:10:00.", [nameof(Timeout)]);
    }
}

/// <summary>U-17: the center is told how an update ended that began at a board, although it did not ask. What it does not take is kept, and sent again.</summary>
internal sealed class CenterReports : IDisposable
{
    private readonly HttpClient? _http;

    public CenterReports(CenterOptions options, TlsIdentity identity)
    {
        if (options.Address is null)
            return;
        _http = new HttpClient(identity.CreateHandler(peer => peer.Role == Role.ManagementCenter, "the center", ErrorCode.Unreachable)) { BaseAddress = options.Address, Timeout = options.Timeout };
    }

    /// <summary>Sends one result where it has to be sent; the operator who asked for an update reads it from the list.</summary>
    /// <exception cref="ProvisioningException">The center did not take it.</exception>
    public Task ReportAsync(UpdateRecord update, CancellationToken cancellationToken) => _http is null || !update.StartedByBoard
        ? Task.CompletedTask
        : new SoapClient(_http, ErrorCode.Unreachable).CallAsync<SubmitResponseRequest, SubmitResponseResponse>(
            new SubmitResponseRequest(
                new RequestId(update.Id),
                MachineNumber.Parse(update.Device),
                RequestKind.UpdateFirmware,
                update.HasSucceeded ? ResponseKind.Result : ResponseKind.Fault,
                update.VersionRead,
                update.Outcome?.ToString(),
                update.Detail),
            cancellationToken);

    public void Dispose() => _http?.Dispose();
}

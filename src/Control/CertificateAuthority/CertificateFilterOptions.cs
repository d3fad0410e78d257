using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary>The filters of a list of certificates, for listing and for exporting.</summary>
internal sealed class CertificateFilterOptions
{
    private readonly Option<string?> _model = new("--model") { Description = "Only of this model." };
    private readonly Option<string?> _from = new("--from") { Description = "Only machine numbers from this one on." };
    private readonly Option<string?> _to = new("--to") { Description = "Only machine numbers up to this one." };
    private readonly Option<CertificateState?> _state = new("--state") { Description = $"Only in this state: {string.Join(", ", Enum.GetNames<CertificateState>())}." };
    private readonly Option<string?> _factory = new("--factory") { Description = "Only those that this factory's terminal asked for." };
    private readonly Option<string?> _issuedFrom = new("--issued-from") { Description = "Only those asked for at this day (UTC) or moment or later, such as 2026-01-31 or 2026-01-31T08:00:00Z.", HelpName = "MOMENT" };
    private readonly Option<string?> _issuedTo = new("--issued-to") { Description = "Only those asked for at this day or moment or earlier.", HelpName = "MOMENT" };
    private readonly Option<string?> _expiresFrom = new("--expires-from") { Description = "Only those whose validity ends at this day or moment or later.", HelpName = "MOMENT" };
    private readonly Option<string?> _expiresTo = new("--expires-to") { Description = "Only those whose validity ends at this day or moment or earlier.", HelpName = "MOMENT" };

    /// <summary>Gives <paramref name="command"/> the filters.</summary>
    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { _model, _from, _to, _state, _factory, _issuedFrom, _issuedTo, _expiresFrom, _expiresTo })
            command.Add(option);
        return command;
    }

    /// <summary>The query of what was given.</summary>
    public ApiPath On(ApiPath path, ParseResult parsed) => path
        .With("model", parsed.GetValue(_model))
        .With("from", parsed.GetValue(_from))
        .With("to", parsed.GetValue(_to))
        .With("state", parsed.GetValue(_state))
        .With("factory", parsed.GetValue(_factory))
        .With("issuedFrom", MomentText.Begin(_issuedFrom.Name, parsed.GetValue(_issuedFrom)))
        .With("issuedTo", MomentText.End(_issuedTo.Name, parsed.GetValue(_issuedTo)))
        .With("expiresFrom", MomentText.Begin(_expiresFrom.Name, parsed.GetValue(_expiresFrom)))
        .With("expiresTo", MomentText.End(_expiresTo.Name, parsed.GetValue(_expiresTo)));
}

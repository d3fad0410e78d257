using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Terminal;

/// <summary>The filters of a search for units, for listing and for exporting.</summary>
internal sealed class UnitFilterOptions
{
    private readonly Option<string?> _prefix = new("--prefix") { Description = "Only machine numbers that begin so, such as 3012-1." };
    private readonly Option<string?> _model = new("--model") { Description = "Only of this model." };
    private readonly Option<string?> _from = new("--from") { Description = "Only machine numbers from this one on.", HelpName = "NUMBER" };
    private readonly Option<string?> _to = new("--to") { Description = "Only machine numbers up to this one.", HelpName = "NUMBER" };
    private readonly Option<string?> _after = new("--after") { Description = "Only machine numbers behind this one.", HelpName = "NUMBER" };
    private readonly Option<UnitState?> _state = new("--state") { Description = $"Only in this state: {string.Join(", ", Enum.GetNames<UnitState>())}." };
    private readonly Option<string?> _line = new("--line") { Description = "Only those that this line has, or had last." };
    private readonly Option<string?> _planFrom = new("--plan-from") { Description = "Only of this day of the plan (the factory's) or later, such as 2026-11-21.", HelpName = "DAY" };
    private readonly Option<string?> _planTo = new("--plan-to") { Description = "Only of this day of the plan or earlier.", HelpName = "DAY" };

    /// <summary>Gives <paramref name="command"/> the filters.</summary>
    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { _prefix, _model, _from, _to, _after, _state, _line, _planFrom, _planTo })
            command.Add(option);
        return command;
    }

    /// <summary>The query of what was given.</summary>
    public ApiPath On(ApiPath path, ParseResult parsed) => path
        .With("prefix", parsed.GetValue(_prefix))
        .With("model", parsed.GetValue(_model))
        .With("from", parsed.GetValue(_from))
        .With("to", parsed.GetValue(_to))
        .With("after", parsed.GetValue(_after))
        .With("state", parsed.GetValue(_state))
        .With("line", parsed.GetValue(_line))
        .With("planFrom", parsed.GetValue(_planFrom))
        .With("planTo", parsed.GetValue(_planTo));
}

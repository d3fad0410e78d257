using System.Text.RegularExpressions;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>Where a page of units ended, and which way on: <c>n+3012-100050</c>, <c>d-2026-11-21 3012-100050</c>.</summary>
internal sealed partial record UnitCursor(char Kind, bool IsBackwards, UnitPlace Place)
{
    /// <summary>Reads a cursor.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> where this terminal gave no such cursor for these filters.</exception>
    public static UnitCursor Parse(string text, UnitFilter filter)
    {
        var match = Form().Match(text);
        var kind = match.Success ? text[0] : default;
        var fits = kind switch
        {
            UnitWalk.ByNumber => true,
            UnitWalk.ByState => filter.State is not null,
            UnitWalk.ByLine => filter.Line is not null,
            UnitWalk.ByDay => match.Groups["day"].Success && (filter.PlanFrom is not null || filter.PlanTo is not null),
            _ => false,
        };
        return fits
            ? new UnitCursor(kind, text[1] == '-', new UnitPlace(match.Groups["day"].Value, match.Groups["number"].Value))
            : throw new ProvisioningException(ErrorCode.MalformedRequest, $"The cursor '{Printable.Shorten(text)}' is none that this terminal gave for this search. Begin without one.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}{(IsBackwards ? '-' : '+')}{(Kind == UnitWalk.ByDay ? Place.Day + " " : string.Empty)}{Place.Number}";

    [GeneratedRegex("^[nsld][+-](?:(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2}) )?(?<number>[A-Z0-9]{4}-[0-9]{6}|~|)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}

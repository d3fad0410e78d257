namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>One page of a search for units, as the terminal's <c>GET /api/units</c> tells it. How many there are in all is not counted: that would read all of them.</summary>
/// <param name="Items">The units, in the order of the search.</param>
/// <param name="Next">The cursor of the page behind; null where nothing is behind. Opaque: only good for the same filters.</param>
/// <param name="Previous">The cursor of the page before; null on the first one.</param>
/// <param name="IsCutShort">Whether the page ends where it does because the search looked at so many units that did not fit: going on with <paramref name="Next"/> searches further.</param>
public sealed record UnitPage(IReadOnlyList<UnitSummary> Items, string? Next, string? Previous, bool IsCutShort);

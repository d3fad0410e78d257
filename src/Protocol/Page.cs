namespace ProvisioningStation.Protocol;

/// <summary>One page of a list.</summary>
/// <param name="Items">What stands on it, in the list's order.</param>
/// <param name="Next">The cursor of the next page; null on the last one. Opaque: it is only good for the same filters.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

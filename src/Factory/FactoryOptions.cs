namespace ProvisioningStation.Factory;

/// <summary>How the launcher was called.</summary>
/// <param name="Data">The data directory.</param>
/// <param name="Configuration">The folder with the programs' JSON files.</param>
/// <param name="Units">Build this many units, then stop building; null builds on and on.</param>
/// <param name="Exit">End when the units are built.</param>
/// <param name="Report">Where the report goes; null writes none.</param>
/// <param name="Pace">The pause of a simulated worker between two units.</param>
/// <param name="Workers">Whether simulated workers scan; otherwise people do.</param>
/// <param name="Namespaces">Whether each line's cross cable is a network namespace of its own; otherwise the boards answer on loopback.</param>
public sealed record FactoryOptions(string Data, string Configuration, int? Units, bool Exit, string? Report, TimeSpan Pace, bool Workers, bool Namespaces);

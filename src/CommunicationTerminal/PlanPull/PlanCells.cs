namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>One row as text, as the factory's system wrote it, with the place to name in a complaint; null or empty where a value is absent.</summary>
internal sealed record PlanCells(string Place, string? Date, string? Model, string? Count, string? FirstSerial, string? Line);

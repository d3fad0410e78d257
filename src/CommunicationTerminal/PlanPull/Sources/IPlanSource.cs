using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>Where plans come from when they are asked for (P-4). What is put into a folder comes unasked: <see cref="PlanFolder"/>.</summary>
internal interface IPlanSource
{
    /// <summary>What the history names: an address, a kind of database; never a secret.</summary>
    string Place { get; }

    /// <summary>Brings the plan of <paramref name="month"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PlanUnavailable"/> or <see cref="ErrorCode.InvalidPlan"/>.</exception>
    Task<PlanReading> ReadAsync(PlanMonth month, CancellationToken cancellationToken);
}

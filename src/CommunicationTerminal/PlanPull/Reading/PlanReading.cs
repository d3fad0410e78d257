namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>What was read from a source.</summary>
/// <param name="Month">The month of all the good rows.</param>
/// <param name="Rows">The good rows.</param>
/// <param name="Bad">The others.</param>
internal sealed record PlanReading(PlanMonth Month, IReadOnlyList<PlanRow> Rows, BadRows Bad)
{
    /// <summary>This, if there is anything in it to take: a plan without a row is one in which nothing is built, a plan of bad rows is none.</summary>
    /// <exception cref="Protocol.ProvisioningException"><see cref="Protocol.ErrorCode.InvalidPlan"/>.</exception>
    public PlanReading RequireAnyGood() => Rows.Count > 0 || Bad.Count == 0 ? this : throw Bad.Refuse();
}

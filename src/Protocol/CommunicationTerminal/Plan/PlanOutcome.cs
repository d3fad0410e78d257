namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>What became of a pull of the plan. <see cref="Waiting"/> goes on to one of the three behind it; the others are final.</summary>
public enum PlanOutcome
{
    /// <summary>It is the plan.</summary>
    Applied,

    /// <summary>It is what the plan, or what waits for a decision, was already.</summary>
    Unchanged,

    /// <summary>There was no plan to take; the earlier one stays.</summary>
    Failed,

    /// <summary>A person has to decide, because rows are bad or days that are already issued change.</summary>
    Waiting,

    /// <summary>A person made it the plan.</summary>
    Confirmed,

    /// <summary>A person put it aside; the earlier plan stays.</summary>
    Discarded,

    /// <summary>A later pull of the same month came before a decision.</summary>
    Superseded,
}

namespace ProvisioningStation.Protocol.CommunicationTerminal.Plan;

/// <summary>What a plan says of one model on one day.</summary>
/// <param name="Count">How many units.</param>
/// <param name="FirstSerial">The first unit's serial, where the factory's system gives serials out itself.</param>
/// <param name="Line">The only line that builds them; null for any.</param>
public sealed record PlannedUnits(int Count, int? FirstSerial, string? Line);

/// <summary>What a change of the plan means for a model's day.</summary>
public enum PlanEffect
{
    /// <summary>The model gets no certificates: the figure is only kept.</summary>
    Recorded,

    /// <summary>The day has no numbers yet: its batch follows the new plan.</summary>
    AtTheBatch,

    /// <summary>Units already have their numbers: certificates are requested, withdrawn or given to another line.</summary>
    Corrected,
}

/// <summary>One difference between the plan and what came: one model on one day, as it stands now.</summary>
/// <param name="Date">The day.</param>
/// <param name="Model">The model.</param>
/// <param name="Before">What the plan says; null where it has no such row.</param>
/// <param name="After">What came; null where it has no such row.</param>
/// <param name="Effect">What it means.</param>
/// <param name="Allocated">Units of the day that have a number and are to be built.</param>
/// <param name="Issued">Of these, how many have a certificate.</param>
/// <param name="HandedOver">Of these, how many a line has had; they stay whatever the plan says.</param>
/// <param name="Written">Of these, how many have their certificate on the board.</param>
public sealed record PlanChange(
    DateOnly Date, string Model, PlannedUnits? Before, PlannedUnits? After, PlanEffect Effect, int Allocated, int Issued, int HandedOver, int Written)
{
    /// <summary>Units that will get numbers and certificates.</summary>
    public int ToIssue => Effect == PlanEffect.Corrected ? Math.Max(0, Target - Allocated) : 0;

    /// <summary>Units that no line has had and that will be withdrawn.</summary>
    public int ToWithdraw => Effect == PlanEffect.Corrected ? Math.Clamp(Allocated - Target, 0, Allocated - HandedOver) : 0;

    /// <summary>Units more than planned that stay, because a line has had them.</summary>
    public int Staying => Effect == PlanEffect.Corrected ? Math.Max(0, Allocated - ToWithdraw - Target) : 0;

    /// <summary>Whether the units that no line has had go to another line.</summary>
    public bool ChangesLine => Before is not null && After is not null && Before.Line != After.Line;

    private int Target => After?.Count ?? 0;

    /// <summary>What will happen, in a sentence.</summary>
    public string Describe()
    {
        if (Effect != PlanEffect.Corrected)
            return Effect == PlanEffect.Recorded ? "The model gets no certificates; the figure is kept." : "The day's batch will follow the new plan.";
        var parts = new List<string>();
        if (ToIssue > 0)
            parts.Add($"{ToIssue} further certificates are requested");
        if (ToWithdraw > 0)
            parts.Add($"{ToWithdraw} unused certificates are withdrawn");
        if (Staying > 0)
            parts.Add($"{Staying} units more than planned stay, because a line has had them");
        if (ChangesLine)
            parts.Add($"the other units go to {(After!.Line is { } line ? "line " + line : "any line")}");
        return parts.Count == 0 ? "The units stay as they are." : string.Join("; ", parts) + ".";
    }
}

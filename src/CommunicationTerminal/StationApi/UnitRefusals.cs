using System.Globalization;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>The sentences with which a station is refused; workers read them.</summary>
internal sealed class UnitRefusals(ManagedModels managed, FactoryClock clock)
{
    /// <summary>No unit of this number.</summary>
    public ProvisioningException Unknown(MachineNumber number) => managed.Contains(number.Model)
        ? new ProvisioningException(ErrorCode.NotInStore, $"{number} is not in the production plan, so there is no certificate for it.")
        : new ProvisioningException(ErrorCode.NotManaged, $"Units of model {number.Model} get no certificate ({number}).");

    /// <summary>Planned, but its pack has not come.</summary>
    public static ProvisioningException NotYet(Unit unit) =>
        new(ErrorCode.NotInStore, $"{unit.Number} is planned for {unit.PlanDate}, but the CA has not delivered its certificate yet. It will be asked for again.");

    /// <summary>The written flag is set.</summary>
    public ProvisioningException AlreadyWritten(Unit unit)
    {
        var when = unit.WrittenAt is null ? "earlier" : clock.LocalOf(unit.WrittenAt).ToString("'on' yyyy-MM-dd 'at' HH:mm:ss", CultureInfo.InvariantCulture);
        return new ProvisioningException(ErrorCode.AlreadyWritten, $"The certificate of {unit.Number} was already written {when} on line {unit.Line}.");
    }

    /// <summary>Too many attempts.</summary>
    public static ProvisioningException Blocked(Unit unit) =>
        new(ErrorCode.Blocked, $"{unit.Number} is blocked after {unit.Attempt} failed writes. Put it aside; a person has to decide.");

    /// <summary>The plan gives it to another line.</summary>
    public static ProvisioningException PlannedElsewhere(Unit unit) => new(ErrorCode.WrongLine, $"{unit.Number} is planned for line {unit.PlanLine}.");

    /// <summary>Another line has it, or nobody has fetched it.</summary>
    public static ProvisioningException HeldElsewhere(Unit unit) => unit.Line is null
        ? new ProvisioningException(ErrorCode.WrongLine, $"No line has fetched the certificate of {unit.Number}.")
        : new ProvisioningException(ErrorCode.WrongLine, $"{unit.Number} is in the hands of line {unit.Line}.");

    /// <summary>A report of an attempt that is not the current one.</summary>
    public static ProvisioningException WrongAttempt(Unit unit, int reported) =>
        new(ErrorCode.WrongAttempt, $"The report is of attempt {reported} of {unit.Number}. The current one is {unit.Attempt}.");

    /// <summary>A report that the unit's state has no place for.</summary>
    public static ProvisioningException OutOfPlace(Unit unit, string what) => new(ErrorCode.Conflict, $"{unit.Number} is {unit.State}: {what}.");
}

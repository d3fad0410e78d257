using System.Data.Common;
using System.Globalization;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>The sentences with which a station is refused; workers read them.</summary>
internal sealed class UnitRefusals(ManagedModels managed, FactoryClock clock)
{
    /// <summary>No unit of this number.</summary>
    public ProvisioningException Unknown(MachineNumber number) => managed.Contains(number.Model)
        ? new ProvisioningException(ErrorCode.NotInStore, $"{number} is not in the production plan, so there is no certificate for it.")
        : new ProvisioningException(ErrorCode.NotManaged, $"Units of model {number.Model} get no certificate ({number}).");

    /// <summary>Passes where a line may still get a certificate for <paramref name="unit"/>, whose current one is <paramref name="certificate"/>.</summary>
    /// <exception cref="ProvisioningException">Why it may not.</exception>
    public void RequireOpen(DbConnection connection, DbTransaction? transaction, Unit unit, StoredCertificate? certificate)
    {
        switch (unit.State)
        {
            case UnitState.Planned when !unit.AtScan:
                throw NotYet(unit);
            case UnitState.Written or UnitState.Proved when certificate?.IsRevoked != true:
                throw AlreadyWritten(unit);
            case UnitState.Blocked or UnitState.Scrapped or UnitState.Withdrawn or UnitState.Purged:
                throw Ended(connection, transaction, unit);
        }
    }

    /// <summary>Blocked, or ended by a decision.</summary>
    public static ProvisioningException Ended(DbConnection connection, DbTransaction? transaction, Unit unit) => unit.State switch
    {
        UnitState.Blocked => Blocked(unit, UnitEvents.FindLatestDetail(connection, transaction, unit.MachineNumber, UnitEvent.Blocked)),
        UnitState.Scrapped => new(ErrorCode.Blocked, $"{unit.Number} was scrapped: {UnitEvents.FindLatestDetail(connection, transaction, unit.MachineNumber, UnitEvent.Scrapped)} It gets no certificate. Put it aside."),
        UnitState.Withdrawn => new(ErrorCode.NotInStore, $"{unit.Number} was taken out of the production plan. It is not to be built under this number now."),
        UnitState.Purged => new(ErrorCode.NotInStore, $"The certificate of {unit.Number} was deleted, because model {unit.MachineNumber.Model} is not built any more."),
        _ => OutOfPlace(unit, "it is open"),
    };

    /// <summary>Planned, but its pack has not come.</summary>
    public static ProvisioningException NotYet(Unit unit) =>
        new(ErrorCode.NotInStore, $"{unit.Number} is planned for {unit.PlanDate}, but the CA has not delivered its certificate yet. It will be asked for again.");

    /// <summary>Its board makes its own key (P-28).</summary>
    public static ProvisioningException NeedsRequest(Unit unit) => new(
        ErrorCode.CertificateRequestRequired,
        $"Boards of model {unit.MachineNumber.Model} make their own keys ({unit.Number}). Ask the board for its certificate request, and send that.");

    /// <summary>Its key is not for its board to make.</summary>
    public static ProvisioningException TakesNoRequest(Unit unit) => new(
        ErrorCode.NotSupported,
        $"Boards of model {unit.MachineNumber.Model} do not make their own keys ({unit.Number}): fetch its pack instead. If they do, set ManagedModels:Models:BoardMakesKey for the model at the terminal.");

    /// <summary>The written flag is set.</summary>
    public ProvisioningException AlreadyWritten(Unit unit)
    {
        var when = unit.WrittenAt is null ? "earlier" : clock.LocalOf(unit.WrittenAt).ToString("'on' yyyy-MM-dd 'at' HH:mm:ss", CultureInfo.InvariantCulture);
        return new ProvisioningException(ErrorCode.AlreadyWritten, $"The certificate of {unit.Number} was already written {when} on line {unit.Line}.");
    }

    /// <summary>Too many attempts, or <paramref name="reason"/>, a sentence.</summary>
    public static ProvisioningException Blocked(Unit unit, string? reason) => new(
        ErrorCode.Blocked,
        $"{unit.Number} is blocked{(reason is null ? $" after {unit.Attempt - unit.ReleasedAttempt} failed writes." : $": {reason}")} Put it aside; a person has to decide.");

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

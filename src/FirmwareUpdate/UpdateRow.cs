using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>A row of <c>firmware_update</c> as the database knows it.</summary>
internal sealed class UpdateRow
{
    /// <summary>Reads rows; a condition follows.</summary>
    public const string Select =
        """
        SELECT id AS Id, device AS Device, image AS Image, application AS Application, version AS Version, state AS State, outcome AS Outcome, detail AS Detail, code AS Code, requested_by AS RequestedBy,
               started_by_board AS StartedByBoard, requested_at AS RequestedAt, changed_at AS ChangedAt, version_before AS VersionBefore, version_read AS VersionRead, sends AS Sends,
               abort_requested AS AbortRequested, reported AS Reported, board_told AS BoardTold, password_state AS PasswordState
        FROM firmware_update
        """;

    public string Id { get; init; } = string.Empty;

    public string Device { get; init; } = string.Empty;

    public string Image { get; init; } = string.Empty;

    public string? Application { get; init; }

    public string Version { get; init; } = string.Empty;

    public string State { get; init; } = string.Empty;

    public string? Outcome { get; init; }

    public string? Detail { get; init; }

    public string? Code { get; init; }

    public string RequestedBy { get; init; } = string.Empty;

    public bool StartedByBoard { get; init; }

    public string RequestedAt { get; init; } = string.Empty;

    public string ChangedAt { get; init; } = string.Empty;

    public string? VersionBefore { get; init; }

    public string? VersionRead { get; init; }

    public int Sends { get; init; }

    public bool AbortRequested { get; init; }

    public bool Reported { get; init; }

    public bool BoardTold { get; init; }

    public string PasswordState { get; init; } = string.Empty;

    public UpdateRecord ToRecord() => new()
    {
        Id = Guid.Parse(Id),
        Device = Device,
        Image = Image,
        Application = Application,
        Version = Version,
        State = Enum.Parse<UpdateState>(State),
        Outcome = Outcome is null ? null : Enum.Parse<UpdateOutcome>(Outcome),
        Detail = Detail,
        Code = Code is null ? null : Enum.Parse<ErrorCode>(Code),
        RequestedBy = RequestedBy,
        StartedByBoard = StartedByBoard,
        RequestedAt = UtcText.Parse(RequestedAt),
        ChangedAt = UtcText.Parse(ChangedAt),
        VersionBefore = VersionBefore,
        VersionRead = VersionRead,
        Sends = Sends,
        AbortRequested = AbortRequested,
        IsReported = Reported,
        IsBoardTold = BoardTold,
        PasswordState = Enum.Parse<PasswordState>(PasswordState),
    };
}

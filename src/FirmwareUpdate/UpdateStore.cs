using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>The updates of one updating side (table <c>firmware_update</c>, its own database). A state changes only from the state that is expected; one-time passwords lie under the program's wrapping key.</summary>
public sealed class UpdateStore(Database database, KeyProtection protection, TimeProvider time)
{
    /// <summary>The database's name in the program's data directory.</summary>
    public const string FileName = "firmware-update.db";

    private const int LongestDetail = 2000;

    /// <summary>Opens the database in a program's data directory.</summary>
    public static Database Open(DataDirectory data) => new(data.Resolve(FileName), typeof(UpdateStore).Assembly);

    /// <summary>Stores that an update is asked for. The same <see cref="UpdateRequest.Key"/> again is the update that it made before.</summary>
    /// <exception cref="ProvisioningException">
    /// <see cref="ErrorCode.Conflict"/> where an update of the device is under way; <see cref="ErrorCode.RequestIdReused"/> where the key came with something else.
    /// </exception>
    public Task<UpdateRecord> AddAsync(UpdateRequest request, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            if (request.Key is { } key && FindByKey(connection, transaction, key) is { } known)
            {
                return known.Device == request.Device && known.Image == request.Image.Id
                    ? known
                    : throw new ProvisioningException(ErrorCode.RequestIdReused, "This key came with another update before. Every request needs a key of its own.");
            }

            if (FindUnderWay(connection, transaction, request.Device) is { } other)
                throw new ProvisioningException(ErrorCode.Conflict, $"An update of {request.Device} to {other.Version} is under way ({other.State}, {other.Id}). Wait for its end, or abort it.");
            return Insert(connection, transaction, request);
        },
        cancellationToken);

    /// <summary>One update.</summary>
    public UpdateRecord? Find(Guid id) => database.Read(connection => Find(connection, null, id));

    /// <summary>One update.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public UpdateRecord Get(Guid id) => Find(id) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no update {id}.");

    /// <summary>The update of a device that is under way: it has no outcome yet.</summary>
    public UpdateRecord? FindUnderWay(string device) => database.Read(connection => FindUnderWay(connection, null, device));

    /// <summary>Everything that has to be gone on with, the oldest first.</summary>
    public IReadOnlyList<UpdateRecord> FindUnfinished() => database.Read(connection =>
        connection.Query<UpdateRow>($"{UpdateRow.Select} WHERE state <> 'Reported' ORDER BY id").Select(row => row.ToRecord()).ToList());

    /// <summary>What has to be gone on with for one device, the oldest first.</summary>
    public IReadOnlyList<UpdateRecord> FindUnfinished(string device) => database.Read(connection =>
        connection.Query<UpdateRow>($"{UpdateRow.Select} WHERE state <> 'Reported' AND device = @device ORDER BY id", new { device }).Select(row => row.ToRecord()).ToList());

    /// <summary>Whether an update that is under way needs <paramref name="image"/>.</summary>
    public bool IsNeeded(string image) => database.Read(connection =>
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM firmware_update WHERE outcome IS NULL AND image = @image", new { image }) > 0);

    /// <summary>A page of updates, the latest first, behind the update <paramref name="before"/>.</summary>
    public Page<UpdateRecord> Find(string? device, Guid? before, int limit)
    {
        var rows = database.Read(connection => connection.Query<UpdateRow>(
            $"{UpdateRow.Select} WHERE id < @before{(device is null ? string.Empty : " AND device = @device")} ORDER BY id DESC LIMIT @most",
            new { device, before = before?.ToString("D") ?? "g", most = limit + 1 }).Select(row => row.ToRecord()).ToList());
        return new Page<UpdateRecord>([.. rows.Take(limit)], rows.Count > limit ? rows[limit - 1].Id.ToString("D") : null);
    }

    /// <summary>Notes that a person wants it to end.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> where it has ended.</exception>
    public Task<UpdateRecord> RequestAbortAsync(Guid id, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var changed = connection.Execute("UPDATE firmware_update SET abort_requested = 1 WHERE id = @id AND outcome IS NULL", new { id = id.ToString("D") }, transaction);
            var record = Find(connection, transaction, id) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no update {id}.");
            return changed == 1 ? record : throw new ProvisioningException(ErrorCode.Conflict, $"The update has ended already: {record.Outcome}.");
        },
        cancellationToken);

    /// <summary>Deletes updates that were reported before <paramref name="before"/>, the oldest first, with their keys (<see cref="UpdateRequest.Key"/>).</summary>
    /// <returns>How many; at most <paramref name="most"/>.</returns>
    internal Task<int> DeleteEndedAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            "DELETE FROM firmware_update WHERE id IN (SELECT id FROM firmware_update WHERE state = 'Reported' AND changed_at < @before ORDER BY changed_at LIMIT @most)",
            new { before = UtcText.Of(before), most },
            transaction),
        cancellationToken);

    /// <summary>An ended update of the device whose password the board may still know (U-12).</summary>
    internal UpdateRecord? FindHeld(string device, Guid except) => database.Read(connection =>
        connection.Query<UpdateRow>(
            $"{UpdateRow.Select} WHERE device = @device AND outcome IS NOT NULL AND state <> 'Reported' AND password_state NOT IN ('None', 'Erased') AND id <> @except ORDER BY id DESC LIMIT 1",
            new { device, except = except.ToString("D") }).SingleOrDefault()?.ToRecord());

    /// <summary>Brings an update from the state that <paramref name="record"/> says to <paramref name="next"/>, with what became known.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where the table has no such step, or the update is in another state by now.</exception>
    internal Task<UpdateRecord> MoveAsync(UpdateRecord record, UpdateState next, string? detail = null, string? versionBefore = null, string? versionRead = null, ErrorCode? code = null)
    {
        UpdateTransitions.Require(record.State, next);
        return database.WriteAsync((connection, transaction) => Move(connection, transaction, record, next, detail, versionBefore, versionRead, code), CancellationToken.None);
    }

    /// <summary>Stores a password before it is sent. Null says that the board was asked to make one.</summary>
    internal Task<UpdateRecord> StorePasswordAsync(UpdateRecord record, string? password, PasswordState state) => ChangeAsync(
        record.Id,
        "UPDATE firmware_update SET password = @wrapped, erase_password = NULL, password_state = @state WHERE id = @id AND state NOT IN ('PasswordErased', 'Reported')",
        new { id = record.Id.ToString("D"), wrapped = password is null ? null : Wrap(record.Id, password), state = state.ToString() });

    /// <summary>Stores the password that will overwrite the other, before it is sent.</summary>
    internal Task<UpdateRecord> StoreErasePasswordAsync(UpdateRecord record, string password) => ChangeAsync(
        record.Id,
        "UPDATE firmware_update SET erase_password = @wrapped WHERE id = @id AND erase_password IS NULL AND state NOT IN ('PasswordErased', 'Reported')",
        new { id = record.Id.ToString("D"), wrapped = Wrap(record.Id, password) });

    /// <summary>Notes what is known of the password now.</summary>
    internal Task<UpdateRecord> NotePasswordAsync(UpdateRecord record, PasswordState state) => ChangeAsync(
        record.Id, "UPDATE firmware_update SET password_state = @state WHERE id = @id", new { id = record.Id.ToString("D"), state = state.ToString() });

    /// <summary>Notes that whoever asked has taken the result.</summary>
    internal Task<UpdateRecord> NoteReportedAsync(UpdateRecord record) => ChangeAsync(record.Id, "UPDATE firmware_update SET reported = 1 WHERE id = @id", new { id = record.Id.ToString("D") });

    /// <summary>Notes that the board needs not be told any more; nor how earlier updates of it ended, in whose place it would show this one's result.</summary>
    internal Task<UpdateRecord> NoteBoardToldAsync(UpdateRecord record) => ChangeAsync(
        record.Id,
        "UPDATE firmware_update SET board_told = 1 WHERE id = @id OR (device = @device AND id < @id AND outcome IS NOT NULL AND board_told = 0)",
        new { id = record.Id.ToString("D"), device = record.Device });

    /// <summary>Moves the password of <paramref name="held"/>, which ended, to <paramref name="record"/>, which goes on with it (U-12).</summary>
    internal Task<UpdateRecord> TakeOverAsync(UpdateRecord held, UpdateRecord record) => database.WriteAsync(
        (connection, transaction) =>
        {
            var password = ReadPassword(connection, transaction, held.Id, "password") ?? throw new ProvisioningException(ErrorCode.Conflict, $"The update {held.Id} has no password any more.");
            Move(connection, transaction, held, UpdateState.PasswordErased, $"{held.Detail} Its one-time password went over to the update {record.Id}.", null, null, null);
            connection.Execute(
                "UPDATE firmware_update SET password = @wrapped, erase_password = NULL, password_state = @state WHERE id = @id",
                new { id = record.Id.ToString("D"), wrapped = Wrap(record.Id, password), state = PasswordState.Used.ToString() },
                transaction);
            return Move(connection, transaction, record, UpdateState.PasswordShared, null, null, null, null);
        },
        CancellationToken.None);

    /// <summary>The update that a request with this <see cref="UpdateRequest.Key"/> made; null where none did.</summary>
    public UpdateRecord? FindByKey(string key) => database.Read(connection => FindByKey(connection, null, key));

    /// <summary>The one-time password; null where there is none.</summary>
    internal string? OpenPassword(Guid id) => database.Read(connection => ReadPassword(connection, null, id, "password"));

    /// <summary>The password that overwrites it; null where there is none yet.</summary>
    internal string? OpenErasePassword(Guid id) => database.Read(connection => ReadPassword(connection, null, id, "erase_password"));

    private static UpdateRecord? FindByKey(DbConnection connection, DbTransaction? transaction, string key) =>
        connection.QuerySingleOrDefault<UpdateRow>($"{UpdateRow.Select} WHERE request_key = @key", new { key }, transaction)?.ToRecord();

    private UpdateRecord Insert(DbConnection connection, DbTransaction transaction, UpdateRequest request)
    {
        var (now, manifest) = (time.GetUtcNow(), request.Image.Manifest);
        var id = Guid.CreateVersion7(now);
        connection.Execute(
            """
            INSERT INTO firmware_update (id, device, image, application, version, state, requested_by, started_by_board, request_key, requested_at, changed_at, sends, abort_requested, reported, password_state)
            VALUES (@id, @Device, @image, @application, @Version, @state, @RequestedBy, @StartedByBoard, @Key, @now, @now, 0, 0, 0, @none)
            """,
            new
            {
                id = id.ToString("D"),
                request.Device,
                image = request.Image.Id,
                application = manifest.Kind == ImageKind.Application ? manifest.Name : null,
                manifest.Version,
                state = UpdateState.Requested.ToString(),
                RequestedBy = Printable.Shorten(request.RequestedBy, 200),
                request.StartedByBoard,
                request.Key,
                now = UtcText.Of(now),
                none = PasswordState.None.ToString(),
            },
            transaction);
        return Find(connection, transaction, id)!;
    }

    private UpdateRecord Move(DbConnection connection, DbTransaction transaction, UpdateRecord record, UpdateState next, string? detail, string? versionBefore, string? versionRead, ErrorCode? code)
    {
        var changed = connection.Execute(
            """
            UPDATE firmware_update SET state = @next, changed_at = @now, outcome = COALESCE(@outcome, outcome), detail = COALESCE(@detail, detail), code = COALESCE(@code, code),
                   version_before = COALESCE(@versionBefore, version_before), version_read = COALESCE(@versionRead, version_read), sends = sends + @sends
            WHERE id = @id AND state = @expected
            """,
            new
            {
                id = record.Id.ToString("D"),
                expected = record.State.ToString(),
                next = next.ToString(),
                now = UtcText.Of(time.GetUtcNow()),
                outcome = UpdateTransitions.OutcomeOf(next)?.ToString(),
                detail = detail is null ? null : Printable.Shorten(detail, LongestDetail),
                code = code?.ToString(),
                versionBefore,
                versionRead,
                sends = next == UpdateState.Sending ? 1 : 0,
            },
            transaction);
        if (changed == 0)
            throw new ProvisioningException(ErrorCode.Conflict, $"The update {record.Id} is not {record.State} any more.");
        if (next == UpdateState.PasswordErased)
        {
            connection.Execute(
                "UPDATE firmware_update SET password = NULL, erase_password = NULL, password_state = @erased WHERE id = @id",
                new { id = record.Id.ToString("D"), erased = PasswordState.Erased.ToString() },
                transaction);
        }

        return Find(connection, transaction, record.Id)!;
    }

    private Task<UpdateRecord> ChangeAsync(Guid id, string sql, object values) => database.WriteAsync(
        (connection, transaction) =>
        {
            connection.Execute(sql, values, transaction);
            return Find(connection, transaction, id) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no update {id}.");
        },
        CancellationToken.None);

    private string? ReadPassword(DbConnection connection, DbTransaction? transaction, Guid id, string column)
    {
        if (connection.ExecuteScalar<byte[]?>($"SELECT {column} FROM firmware_update WHERE id = @id", new { id = id.ToString("D") }, transaction) is not { } wrapped)
            return null;
        var clear = protection.Unwrap(wrapped, Owner(id));
        try
        {
            return Encoding.UTF8.GetString(clear);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    private byte[] Wrap(Guid id, string password) => protection.Wrap(Encoding.UTF8.GetBytes(password), Owner(id));

    private static string Owner(Guid id) => $"firmware-update {id:D}";

    private static UpdateRecord? Find(DbConnection connection, DbTransaction? transaction, Guid id) =>
        connection.QuerySingleOrDefault<UpdateRow>($"{UpdateRow.Select} WHERE id = @id", new { id = id.ToString("D") }, transaction)?.ToRecord();

    private static UpdateRecord? FindUnderWay(DbConnection connection, DbTransaction? transaction, string device) =>
        connection.QuerySingleOrDefault<UpdateRow>($"{UpdateRow.Select} WHERE device = @device AND outcome IS NULL", new { device }, transaction)?.ToRecord();
}

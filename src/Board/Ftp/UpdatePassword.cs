using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Ftp;

/// <summary>
/// The one-time password that lets the updating side in over FTP (U-3), from its storing to its erasing (U-10). Every change is in NVRAM before it counts, and the FTP port has followed it before the caller gets
/// an answer: it is open exactly while <see cref="Door"/> is not null (U-23). An erasing counts at once: where NVRAM can't be written it is owed, and stored as soon as that is possible.
/// </summary>
internal sealed partial class UpdatePassword : IDisposable
{
    /// <summary>So many wrong logins close the port.</summary>
    public const int WrongLoginLimit = 3;

    private readonly string _file;
    private readonly UpdatePasswordTerms _terms;
    private readonly TimeProvider _time;
    private readonly MemoryReport _report;
    private readonly Action<string> _reached;
    private readonly ILogger<UpdatePassword> _logger;
    private readonly Lock _gate = new();
    private readonly ITimer _limit;
    private StoredUpdatePassword? _stored;
    private Action<FtpDoor?> _follow = static _ => { };
    private FtpDoor? _door;
    private long _opened;
    private int _wrong;
    private bool _owesErasing;

    public UpdatePassword(MemoryMap map, UpdatePasswordTerms terms, TimeProvider time, MemoryReport report, ILogger<UpdatePassword> logger, Action<string>? reached = null)
    {
        _file = map.UpdatePassword;
        _terms = terms;
        _time = time;
        _report = report;
        _logger = logger;
        _reached = reached ?? KillPoint.Reached;
        _limit = time.CreateTimer(_ => EndOfTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _stored = StoredUpdatePassword.Read(_file);
    }

    /// <summary>Whom the FTP port is open to, null while it is closed.</summary>
    public FtpDoor? Door
    {
        get
        {
            lock (_gate)
                return _door;
        }
    }

    /// <summary>Whose password is to be erased yet; null where none is stored, or nobody ever logs in with it.</summary>
    public string? UnerasedId
    {
        get
        {
            lock (_gate)
                return _stored is { State: not PasswordState.Erased } stored ? stored.Id : null;
        }
    }

    /// <summary>Makes <paramref name="follow"/> open and close the port from now on; at once where a password was stored before the start.</summary>
    public void Follow(Action<FtpDoor?> follow)
    {
        lock (_gate)
        {
            _follow = follow;
            if (_stored is { } stored && (stored.State == PasswordState.Armed || (stored.State == PasswordState.Locked && _terms.IsSmallUpdater)))
                Open(stored);
        }
    }

    /// <summary>
    /// The message StoreUpdatePassword. The same password again changes nothing, whatever became of it, except that a port that time or wrong logins have closed opens again. Another one, where the
    /// stored one was used by the same peer, overwrites it and closes the port for good (U-10); otherwise it arms (U-3).
    /// </summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>; <see cref="ErrorCode.Conflict"/> while another peer's password is armed; <see cref="ErrorCode.StorageFull"/>, <see cref="ErrorCode.WriteFailed"/>.</exception>
    public void Store(string id, string password, UpdatePeer peer)
    {
        UpdatePasswordRules.RequireGood(id, password);
        lock (_gate)
        {
            RequireFree(peer);
            if (_stored is { } known && known.Matches(id, password))
            {
                if (_owesErasing)
                    StoreErased();
                if (known.State == PasswordState.Erased || (_door is { } door && door.Address.Equals(peer.Address)))
                    return;
                Arm(known with { State = PasswordState.Armed, Role = peer.Role, Peer = peer.Name, Address = peer.Address.ToString() });
            }
            else if (_stored is { IsUsed: true, State: not PasswordState.Erased } used && used.IsOf(peer))
            {
                Erase(StoredUpdatePassword.Create(id, password, peer, PasswordState.Erased));
            }
            else
            {
                Arm(StoredUpdatePassword.Create(id, password, peer, PasswordState.Armed));
            }
        }
    }

    /// <summary>Arms a password that the board has made for <paramref name="peer"/> (U-13), in the place of the one before.</summary>
    /// <inheritdoc cref="Store"/>
    public void Arm(string id, string password, UpdatePeer peer)
    {
        UpdatePasswordRules.RequireGood(id, password);
        lock (_gate)
        {
            RequireFree(peer);
            Arm(StoredUpdatePassword.Create(id, password, peer, PasswordState.Armed));
        }
    }

    /// <summary>Overwrites what is stored with an erase password that the board has made (U-16), and closes the port. Where nothing is stored there is nothing to erase.</summary>
    /// <inheritdoc cref="Store"/>
    public void Overwrite(string password, UpdatePeer peer)
    {
        lock (_gate)
        {
            RequireFree(peer);
            if (_stored is not { } stored)
                return;
            UpdatePasswordRules.RequireGood(stored.Id, password);
            Erase(StoredUpdatePassword.Create(stored.Id, password, peer, PasswordState.Erased));
        }
    }

    /// <summary>The message ForbidUpdatePassword: nobody logs in as <paramref name="id"/> any more. One that is not stored is forbidden already.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> while another peer's password is armed; <see cref="ErrorCode.StorageFull"/>, <see cref="ErrorCode.WriteFailed"/>.</exception>
    public void Forbid(string id, UpdatePeer peer)
    {
        lock (_gate)
        {
            if (_owesErasing)
                StoreErased();
            if (_stored is not { } stored || stored.Id != id || stored.State == PasswordState.Erased)
                return;
            RequireFree(peer);
            Erase(stored with { State = PasswordState.Erased });
        }
    }

    /// <summary>Whether <paramref name="id"/> may log in with <paramref name="password"/> now. That it was used is in NVRAM before the answer; the third wrong one closes the port.</summary>
    public bool TryLogIn(string id, string password)
    {
        lock (_gate)
        {
            if (_door is null || _stored is not { } stored)
                return false;
            if (_terms.Limit is { } limit && _time.GetElapsedTime(_opened) >= limit)
            {
                EndOfTime();
                return false;
            }

            if (!stored.Matches(id, password))
            {
                NoteWrong(stored);
                return false;
            }

            if (!stored.IsUsed)
                Write(stored with { IsUsed = true }, BoardKillPoints.BeforePasswordUsed, BoardKillPoints.AfterPasswordUsed);
            LogLoggedIn(_logger, stored.Id, _door.Address.ToString());
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Dispose();
        lock (_gate)
            Close();
    }

    private void RequireFree(UpdatePeer peer)
    {
        if (_door is not null && _stored is { } stored && !stored.IsOf(peer))
            throw new ProvisioningException(ErrorCode.Conflict, $"{stored.Role} {stored.Peer} is updating this board. Wait until it has erased its one-time password.");
    }

    private void Arm(StoredUpdatePassword password)
    {
        Write(password, BoardKillPoints.BeforePasswordArmed, BoardKillPoints.AfterPasswordArmed);
        Open(password);
        LogArmed(_logger, password.Id, password.Role.ToString(), password.Peer, password.Address);
    }

    private void Erase(StoredUpdatePassword password)
    {
        Close(); // what can't be stored has closed the port all the same
        (_stored, _owesErasing) = (password, true);
        StoreErased();
    }

    /// <summary>Stores the erasing that is owed. The caller is told where that does not succeed; the board tries again by itself, and a start before then would not know of it.</summary>
    private void StoreErased()
    {
        try
        {
            Write(_stored!, BoardKillPoints.BeforePasswordErased, BoardKillPoints.AfterPasswordErased, mayTear: true); // half of it lets nobody in either
            LogErased(_logger, _stored!.Id);
        }
        catch (ProvisioningException cause)
        {
            _report.Damaged(MemoryMap.Areas.UpdatePassword, cause.Message, "FTP is closed; that the one-time password is erased is stored as soon as that is possible.");
            _limit.Change(_terms.StoreAgainAfter, Timeout.InfiniteTimeSpan);
            throw;
        }
    }

    private void NoteWrong(StoredUpdatePassword stored)
    {
        _wrong++;
        LogWrong(_logger, _wrong, WrongLoginLimit);
        if (_wrong < WrongLoginLimit)
            return;
        Close();
        if (_terms.IsSmallUpdater)
            _limit.Change(_terms.WrongLoginPause, Timeout.InfiniteTimeSpan); // nobody could store it again there
        else
            Write(stored with { State = PasswordState.Locked }, BoardKillPoints.BeforePasswordLocked, BoardKillPoints.AfterPasswordLocked);
    }

    private void EndOfTime()
    {
        lock (_gate)
        {
            if (_owesErasing)
            {
                TryStoreErased();
            }
            else if (_terms.IsSmallUpdater)
            {
                if (_door is null && _stored is { State: not PasswordState.Erased } stored)
                    Open(stored);
            }
            else if (_door is not null && _time.GetElapsedTime(_opened) >= _terms.Limit)
            {
                Close();
                LogOver(_logger, _stored!.Id);
            }
        }
    }

    private void TryStoreErased()
    {
        try
        {
            StoreErased();
        }
        catch (ProvisioningException)
        {
            // It is said, and tried again.
        }
    }

    private void Open(StoredUpdatePassword password)
    {
        Close();
        _wrong = 0;
        _opened = _time.GetTimestamp();
        _door = new FtpDoor(System.Net.IPAddress.Parse(password.Address));
        _limit.Change(_terms.Limit ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            _follow(_door);
        }
        catch
        {
            _door = null;
            throw;
        }
    }

    private void Close()
    {
        _limit.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (_door is null)
            return;
        _door = null;
        _follow(null);
    }

    private void Write(StoredUpdatePassword password, string before, string after, bool mayTear = false)
    {
        _reached(before);
        try
        {
            password.Write(_file, mayTear);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ProvisioningException(StorageErrors.IsFull(cause) ? ErrorCode.StorageFull : ErrorCode.WriteFailed, $"The one-time password could not be written to NVRAM: {cause.Message}", cause);
        }

        (_stored, _owesErasing) = (password, false);
        _report.Written(MemoryMap.Areas.UpdatePassword);
        _reached(after);
    }

    [LoggerMessage(420, LogLevel.Information, "FTP is open to {Id} of {Role} {Peer} at {Address}")]
    private static partial void LogArmed(ILogger logger, string id, string role, string peer, string address);

    [LoggerMessage(421, LogLevel.Information, "The one-time password of {Id} is erased; FTP is closed")]
    private static partial void LogErased(ILogger logger, string id);

    [LoggerMessage(422, LogLevel.Information, "FTP is closed: the one-time password of {Id} was not erased in time")]
    private static partial void LogOver(ILogger logger, string id);

    [LoggerMessage(423, LogLevel.Warning, "Wrong login over FTP, {Count} of {Limit}")]
    private static partial void LogWrong(ILogger logger, int count, int limit);

    [LoggerMessage(424, LogLevel.Information, "{Id} logged in over FTP from {Address}")]
    private static partial void LogLoggedIn(ILogger logger, string id, string address);
}

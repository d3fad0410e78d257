using System.Net.Security;
using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.Flash;

/// <summary>
/// What this board has: read from its memories at start, after every interrupted replacement has been settled, and changed only after the new content has been
/// read back from the disk and found good.
/// </summary>
internal sealed class BoardContent : IDisposable
{
    private readonly MemoryMap _map;
    private readonly PackStorage _storage;
    private readonly KeyProtection _deviceKey;
    private readonly SslStreamCertificateContext _blank;
    private readonly ReplaceableDirectory _certificate;
    private readonly ReplaceableDirectory _commonInFlash;
    private readonly ReplaceableDirectory _commonInNvram;
    private readonly ReplaceableDirectory _request;
    private readonly BoardClock _clock;
    private readonly MemoryReport _report;
    private readonly FlashFault _fault;
    private readonly FlashFault _commonFault;
    private volatile StoredPack? _own;
    private volatile StoredPack? _common;
    private volatile OpenRequest? _open;

    public BoardContent(MemoryMap map, BoardOptions options, TimeProvider time, Action<string>? reached = null, Action<string>? powerCut = null, MemoryReport? report = null)
    {
        _report = report ?? MemoryReport.None();
        Faults = new SimulatedFaults(map.Simulate, powerCut);
        reached ??= KillPoint.Reached;
        _map = map;
        _storage = options.PackStorage;
        _certificate = new ReplaceableDirectory(map.Certificate, MemoryMap.PackLimit, BoardKillPoints.Of("certificate"), Faults, reached);
        _commonInFlash = new ReplaceableDirectory(map.CommonCertificate, MemoryMap.PackLimit, BoardKillPoints.Of("common-flash"), Faults, reached);
        _commonInNvram = new ReplaceableDirectory(map.CommonCertificateInNvram, MemoryMap.PackLimit, BoardKillPoints.Of("common-nvram"), Faults, reached);
        _request = new ReplaceableDirectory(map.CertificateRequest, MemoryMap.RequestLimit, BoardKillPoints.Of("certificate-request"), Faults, reached);
        _clock = new BoardClock(time);
        _fault = new FlashFault(map.FailWrites);
        _commonFault = new FlashFault(map.FailCommonWrites);
        _certificate.Recover(); // before Format, which makes what is missing
        _commonInFlash.Recover();
        _commonInNvram.Recover();
        _request.Recover();
        map.Format(options);
        _deviceKey = KeyProtection.LoadOrCreate(map.DeviceKey);
        _blank = BlankCertificate.Create(time);
        _own = Load(MemoryMap.Areas.Certificate, map.Certificate, "The board does without it until a station writes a new certificate.", ReadOwn);
        _common = ReadCommon();
        _clock.Learn(_common, first: true);
        _clock.Learn(_own, first: _common is null);
        _open = Load(
            MemoryMap.Areas.CertificateRequest,
            map.CertificateRequest,
            "The board makes a new key when it is asked again; a certificate for the lost one is refused.",
            directory => OpenRequest.Read(directory, _deviceKey));
        ClearAnsweredRequest();
        CheckValues();
        CheckLimits();
    }

    /// <summary>What goes wrong on command.</summary>
    public SimulatedFaults Faults { get; }

    /// <summary>The unit's own pack, verified; null before the product line.</summary>
    public StoredPack? Own => _own;

    /// <summary>The common pack, verified; null before the board line.</summary>
    public StoredPack? Common => _common;

    /// <summary>The request for a certificate with a key that the board made, while it is not answered (P-28).</summary>
    public OpenRequest? Open => _open;

    /// <summary>The machine number in NVRAM, null until the parameters are initialised.</summary>
    public MachineNumber? MachineNumber =>
        NvramValue.TryRead(_map.MachineNumber) is { } text && Protocol.MachineNumber.TryParse(Encoding.ASCII.GetString(text).Trim(), out var number) ? number : null;

    /// <summary>Prepares the check of a peer for a clock that may never have been set.</summary>
    public void ApplyClock(System.Security.Cryptography.X509Certificates.X509ChainPolicy policy) => _clock.Apply(policy);

    /// <summary>What the clock says, null while it can't be believed.</summary>
    public DateTimeOffset? BelievedNow => _clock.BelievedNow;

    /// <summary>How far it has come.</summary>
    public BoardState State => (_own, _common) switch
    {
        ({ } own, _) => MachineNumber == own.MachineNumber && File.Exists(_map.Counters) && File.Exists(_map.InitialValues) ? BoardState.Initialized : BoardState.Certified,
        (null, not null) => BoardState.Common,
        _ => BoardState.Blank,
    };

    /// <summary>What the next TLS connection gets: the own certificate, else the common one, else one that proves nothing and asks for nothing.</summary>
    public TlsTerms Terms() => (_own ?? _common)?.Identity is { } identity ? new TlsTerms(identity.Context, identity.Root, _clock.Apply) : new TlsTerms(_blank, null);

    /// <summary>Writes the common pack to flash and NVRAM (P-11).</summary>
    /// <exception cref="ProvisioningException">What was read back is not what was to be written; the board has what it had before.</exception>
    public void WriteCommon(CertificatePack pack)
    {
        PackRules.Require(pack, Role.Board, null, null, _clock);
        var files = StoredPack.ToFiles(pack, _deviceKey, storage: _storage);
        Replace(_commonInFlash, Spoil(files, _commonFault), pack, Role.Board);
        _common = Replace(_commonInNvram, files, pack, Role.Board);
        _report.Written(MemoryMap.Areas.CommonInFlash);
        _report.Written(MemoryMap.Areas.CommonInNvram);
        _clock.Learn(_common, first: true);
    }

    /// <summary>Writes the unit's own pack to flash (P-12).</summary>
    /// <inheritdoc cref="WriteCommon"/>
    public void WriteOwn(CertificatePack pack)
    {
        PackRules.Require(pack, Role.Device, _own, _open, _clock);
        _own = Replace(_certificate, Spoil(StoredPack.ToFiles(pack, _deviceKey, _open, _storage), _fault), pack, Role.Device);
        _report.Written(MemoryMap.Areas.Certificate);
        _clock.Learn(_own, first: false);
        ClearAnsweredRequest();
    }

    /// <summary>The open request for <paramref name="number"/>, or a new one with a new key, in flash before it is returned (P-28).</summary>
    /// <exception cref="ProvisioningException">It could not be written.</exception>
    public OpenRequest RequestCertificate(MachineNumber number)
    {
        if (_open is { } open && open.MachineNumber == number)
            return open;
        _open = _request.Replace(OpenRequest.Make(number, _deviceKey), directory => OpenRequest.Read(directory, _deviceKey));
        _report.Written(MemoryMap.Areas.CertificateRequest);
        return _open;
    }

    /// <summary>Sets the parameters in NVRAM that are not set yet; counters that count are never touched again (P-26).</summary>
    public void InitializeParameters(MachineNumber number)
    {
        KillPoint.Reached(BoardKillPoints.BeforeMachineNumber);
        SetOnce(_map.MachineNumber, $"{number}\n");
        KillPoint.Reached(BoardKillPoints.AfterMachineNumber);
        if (!File.Exists(_map.Counters)) // damaged ones too are left to people
            SetOnce(_map.Counters, "copies=0\nprints=0\nscans=0\n");
        KillPoint.Reached(BoardKillPoints.AfterCounters);
        SetOnce(_map.InitialValues, "language=ja\npower-save-minutes=15\n");
        KillPoint.Reached(BoardKillPoints.AfterInitialValues);
        DurableFile.SyncDirectory(_map.Nvram); // one for all three: each file is whole or absent, and what is absent is set again
        _report.Written(MemoryMap.Areas.MachineNumber);
        _report.Written(MemoryMap.Areas.InitialValues);
    }

    /// <inheritdoc/>
    public void Dispose() => _deviceKey.Dispose();

    private void ClearAnsweredRequest()
    {
        if (_open is not { } open || _own?.PublicKeyInfo.AsSpan().SequenceEqual(open.PublicKeyInfo) != true)
            return;
        _request.Clear(BoardKillPoints.BeforeRequestCleared, BoardKillPoints.BetweenRequestCleared, BoardKillPoints.AfterRequestCleared);
        _open = null;
        _report.Written(MemoryMap.Areas.CertificateRequest);
    }

    private StoredPack ReadOwn(string directory) => StoredPack.Read(directory, _deviceKey, Role.Device);

    private T? Load<T>(string area, string directory, string next, Func<string, T> read)
        where T : class
    {
        try
        {
            return ReplaceableDirectory.IsEmpty(directory) ? null : read(directory);
        }
        catch (ProvisioningException damage)
        {
            _report.Damaged(area, damage.Message, next);
            return null;
        }
    }

    private StoredPack? ReadCommon()
    {
        const string next = "The other copy is used in its place where it is whole; with neither the board is blank unless it has its own certificate.";
        StoredPack Read(string directory) => StoredPack.Read(directory, _deviceKey, Role.Board);
        var flash = Load(MemoryMap.Areas.CommonInFlash, _map.CommonCertificate, next, Read);
        var nvram = Load(MemoryMap.Areas.CommonInNvram, _map.CommonCertificateInNvram, next, Read);
        if (flash is not null && nvram?.Fingerprint != flash.Fingerprint) // damaged, or the power went between the two
            Copy(_map.CommonCertificate, MemoryMap.Areas.CommonInFlash, _commonInNvram, MemoryMap.Areas.CommonInNvram);
        else if (flash is null && nvram is not null)
            Copy(_map.CommonCertificateInNvram, MemoryMap.Areas.CommonInNvram, _commonInFlash, MemoryMap.Areas.CommonInFlash);
        return flash ?? nvram;
    }

    private void Copy(string source, string sourceArea, ReplaceableDirectory target, string area)
    {
        try
        {
            target.Replace(ReplaceableDirectory.ReadWhole(source), directory => StoredPack.Read(directory, _deviceKey, Role.Board));
            _report.Restored(area, sourceArea);
        }
        catch (Exception cause) when (cause is ProvisioningException or IOException or UnauthorizedAccessException or ConfigurationException)
        {
            _report.Damaged(area, cause.Message, $"It could not be restored from {sourceArea}, which is used. Change the board.");
        }
    }

    private void CheckValues()
    {
        Check(_map.WriteResult, MemoryMap.Areas.WriteResult, "The last write's result is lost; what lies in the certificate's area tells how it went.");
        Check(_map.Counters, MemoryMap.Areas.Counters, "The counters are left as they are, for they are never reset; a service person has to look.");
        Check(_map.InitialValues, MemoryMap.Areas.InitialValues, "They are set again with the next InitializeParameters.");
        Check(_map.UpdatePassword, MemoryMap.Areas.UpdatePassword, "Nobody can log in over FTP until the updating side stores another one-time password.");
        if (Check(_map.MachineNumber, MemoryMap.Areas.MachineNumber, "It is taken from the board's own certificate where that is whole; else it is set with the next certificate.") || _own?.MachineNumber is not { } number)
            return;
        try
        {
            SetOnce(_map.MachineNumber, $"{number}\n");
            DurableFile.SyncDirectory(_map.Nvram);
            _report.Restored(MemoryMap.Areas.MachineNumber, MemoryMap.Areas.Certificate);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            _report.Damaged(MemoryMap.Areas.MachineNumber, cause.Message, "It could not be restored from the board's own certificate; it is tried again at the next start.");
        }
    }

    private void CheckLimits()
    {
        foreach (var (area, limit) in MemoryMap.Limits)
        {
            if (_map.Measure(area) is var size && size > limit)
                _report.Damaged(area, $"{size} bytes lie there, and it holds {limit}.", "A real board could not hold them: take out what does not belong there.");
        }
    }

    private bool Check(string path, string area, string next)
    {
        try
        {
            _ = NvramValue.Read(path);
            return true;
        }
        catch (ProvisioningException damage)
        {
            _report.Damaged(area, damage.Message, next);
            return false;
        }
    }

    private static List<(string Name, byte[] Content)> Spoil(List<(string Name, byte[] Content)> files, FlashFault fault)
    {
        var certificate = files.FindIndex(file => file.Name == StoredPack.CertificateFile);
        return [.. files[..certificate], (files[certificate].Name, fault.Pass(files[certificate].Content)), .. files[(certificate + 1)..]];
    }

    private StoredPack Replace(ReplaceableDirectory directory, List<(string Name, byte[] Content)> files, CertificatePack pack, Role role) =>
        directory.Replace(files, written =>
        {
            var read = StoredPack.Read(written, _deviceKey, role);
            if (read.Fingerprint != pack.Fingerprint || read.MachineNumber != pack.MachineNumber)
                throw new ProvisioningException(ErrorCode.InvalidCertificatePack, "What was read back from flash is not the certificate that was to be written.");
            return read;
        });

    private static void SetOnce(string path, string content)
    {
        if (NvramValue.TryRead(path) is not null)
            return;
        DurableFile.WriteInPlace(path + ".tmp", NvramValue.Seal(Encoding.ASCII.GetBytes(content)));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
